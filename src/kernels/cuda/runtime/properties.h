// What a GPU is: the numbers that launches and refusals depend on.
#pragma once

#include <cstdint>
#include <string>

namespace keraunos::cuda {

struct Properties {
  std::string name;             ///< "NVIDIA H100"
  int major = 0, minor = 0;     ///< compute capability
  int multiprocessors = 1;
  int64_t shared_bytes = 0;     ///< shared memory that one block may ask for
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

}  // namespace keraunos::cuda
