// The only file that names all devices.
#include "host/run/device.h"
#include "kernels/cpu/device.h"
#include "kernels/cuda_device.h"

namespace keraunos {

Device Device::automatic() { return host::cuda_devices() > 0 ? Device{.kind = cuda, .index = 0} : Device{}; }

namespace host {

std::shared_ptr<DeviceRuntime> make_device(keraunos::Device device, const DeviceOptions& options) {
  return device.kind == keraunos::Device::cuda ? cuda::make_cuda_device(device.index, options) : cpu::make_cpu_device(options);
}

int cuda_devices() { return cuda::cuda_device_count(); }

}  // namespace host
}  // namespace keraunos
