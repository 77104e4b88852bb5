// The CPU device for tests: oneDNN computes everything that it supports.
#include "host/run/device.h"
#include "kernels/cpu/device.h"

namespace keraunos {

Device Device::automatic() { return {}; }

namespace host {

std::shared_ptr<DeviceRuntime> make_device(keraunos::Device, const DeviceOptions& options) {
  return cpu::make_cpu_device(options, cpu::OneDnn::everywhere);
}
int cuda_devices() { return 0; }

}  // namespace host
}  // namespace keraunos
