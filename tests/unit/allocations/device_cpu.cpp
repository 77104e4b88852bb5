#include "kernels/cpu/device.h"
#include "unit/allocations/device.h"

namespace keraunos {

int64_t device_allocations(const host::DeviceRuntime& device) { return cpu::allocations_of(device); }
bool plays_the_driver() noexcept { return false; }

std::shared_ptr<void> on_device(host::DeviceRuntime&, const void*, int64_t) { return nullptr; }

}  // namespace keraunos
