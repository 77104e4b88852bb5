// Copies between memory of the host and of GPUs, for the buffers of requests and responses.
#pragma once

#include <map>
#include <string>

#include "keraunos/device_memory.h"

namespace keraunos::triton {

class Gpus {
 public:
  /// The memory of this GPU. UsageError where this build or machine has no such GPU; `what` names the tensor.
  DeviceMemory& of(int64_t index, const std::string& what);
  /// Between any two places that of() has found. Complete after wait(); both stay unchanged until then.
  void copy(void* to, Device to_where, const void* from, Device from_where, int64_t bytes);
  void wait();

 private:
  std::map<int64_t, DeviceMemory> used_;
};

}  // namespace keraunos::triton
