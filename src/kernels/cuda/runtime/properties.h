// Properties of a GPU on which launches and refusals depend.
#pragma once

#include <cstdint>
#include <string>

namespace keraunos::cuda {

struct Properties {
  std::string name;          ///< "NVIDIA H100"
  int major = 0, minor = 0;  ///< compute capability
  int multiprocessors = 1;
  int64_t shared_bytes = 0;  ///< shared memory available to one block
  int64_t memory_bytes = 0;
  bool has_tensor_cores() const noexcept { return major >= 8; }
};

/// DeviceError when the device does not respond.
Properties properties_of(int device);

/// Number of usable devices; 0 without a driver.
int device_count() noexcept;

/// DeviceError with a message when device `index` is not available: no driver, no such index.
void require_device(int index);

/// Makes a device current for a scope. CUDA has a current device per thread; the caller's choice is restored afterwards.
class DeviceScope {
 public:
  explicit DeviceScope(int device);
  ~DeviceScope();
  DeviceScope(const DeviceScope&) = delete;
  DeviceScope& operator=(const DeviceScope&) = delete;

 private:
  int before_ = -1;  // −1: nothing to restore
};

/// The same for destructors: never throws. False when the process is ending (a model in a static variable) or the device is not
/// available: objects of CUDA's libraries must not be touched then, because the libraries' state may be gone.
class EndingScope {
 public:
  /// Registers an exit handler that notes that the process is ending. Call it when the CUDA libraries are loaded: handlers run in
  /// reverse order, so this one runs before the libraries destroy their static objects.
  static void watch_for_the_end() noexcept;
  explicit EndingScope(int device) noexcept;
  ~EndingScope();
  EndingScope(const EndingScope&) = delete;
  EndingScope& operator=(const EndingScope&) = delete;
  explicit operator bool() const noexcept { return before_ >= 0; }

 private:
  int before_ = -1;
};

}  // namespace keraunos::cuda
