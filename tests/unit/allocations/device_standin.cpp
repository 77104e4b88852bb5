#include <cuda_runtime_api.h>

#include "standin/operation.h"
#include "standin/runtime/fault.h"
#include "unit/allocations/device.h"
#include "unit/allocations/libraries.h"

namespace keraunos {

int64_t device_allocations(const host::DeviceRuntime&) { return static_cast<int64_t>(standin::counters().allocations); }
bool plays_the_driver() noexcept { return inside_a_library() || standin::lock_is_mine(); }

std::shared_ptr<void> on_device(host::DeviceRuntime& device, const void* host, int64_t bytes) {
  std::shared_ptr<void> memory = device.allocate(bytes);
  if (host != nullptr) cudaMemcpy(memory.get(), host, static_cast<size_t>(bytes), cudaMemcpyHostToDevice);
  return memory;
}

}  // namespace keraunos
