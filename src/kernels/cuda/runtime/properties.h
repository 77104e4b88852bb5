// What a GPU is: the numbers that launches and refusals depend on.
#pragma once

#include <cstdint>
#include <string>

namespace keraunos::cuda {

struct Properties {
  std::string name;          ///< "NVIDIA H100"
  int major = 0, minor = 0;  ///< compute capability
  int multiprocessors = 1;
  int64_t shared_bytes = 0;  ///< shared memory that one block may ask for
  int64_t memory_bytes = 0;
  bool has_tensor_cores() const noexcept { return major >= 8; }
};

/// DeviceError when the device does not answer.
Properties properties_of(int device);

/// Number of usable devices; 0 without a driver.
int device_count() noexcept;

/// DeviceError in words when device `index` cannot be had: no driver, no such index.
void require_device(int index);

/// Makes a device current for a scope. CUDA keeps the current device per thread, and the caller's choice must survive our call.
class DeviceScope {
 public:
  explicit DeviceScope(int device);
  ~DeviceScope();
  DeviceScope(const DeviceScope&) = delete;
  DeviceScope& operator=(const DeviceScope&) = delete;

 private:
  int before_ = -1;  // −1: nothing to restore
};

/// The same for destructors: never throws. False once the process ends (a model in a static variable) or where the device cannot
/// be had: what CUDA's libraries hold must then be left alone, as their own state may be gone.
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
