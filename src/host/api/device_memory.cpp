#include "keraunos/device_memory.h"

#include <algorithm>

#include "host/run/device.h"
#include "keraunos/error.h"

namespace keraunos {
namespace {

Device checked_for_copies(Device device) {
  if (device.kind != Device::cuda) throw UsageError("DeviceMemory is for memory of a CUDA device, found " + device.to_string());
  return device;
}

}  // namespace

DeviceMemory::DeviceMemory(Device device)
    : device_(device), runtime_(host::make_device(checked_for_copies(device), {})), stream_(runtime_->make_stream()) {}
DeviceMemory::DeviceMemory(DeviceMemory&&) noexcept = default;
DeviceMemory& DeviceMemory::operator=(DeviceMemory&&) noexcept = default;
DeviceMemory::~DeviceMemory() = default;

std::shared_ptr<void> DeviceMemory::allocate(int64_t bytes) { return runtime_->allocate(std::max<int64_t>(bytes, 1)); }

void DeviceMemory::copy_in(void* device, const void* host, int64_t bytes) {
  if (bytes > 0) stream_->copy_in(device, host, bytes);
}
void DeviceMemory::copy_out(void* host, const void* device, int64_t bytes) {
  if (bytes > 0) stream_->copy_out(host, device, bytes);
}
void DeviceMemory::copy(void* to, const void* from, int64_t bytes) {
  if (bytes > 0) stream_->copy(to, from, bytes);
}
void DeviceMemory::wait() { stream_->synchronize(); }

}  // namespace keraunos
