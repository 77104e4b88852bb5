// Memory that grows and that the plans of one session share; one of them runs at a time.
#pragma once

#include <memory>

#include "host/run/device.h"
#include "host/run/held.h"

namespace keraunos::host {

class Arena {
 public:
  Arena(std::shared_ptr<DeviceRuntime> device, const std::shared_ptr<Held>& held) : device_(std::move(device)), held_(held) {}
  bool has_room(int64_t device_bytes, int64_t host_bytes) const noexcept {
    return device_bytes <= held_.device() && host_bytes <= held_.host();
  }
  /// Grows the memory to at least these sizes; addresses may change.
  void reserve(int64_t device_bytes, int64_t host_bytes);
  std::byte* device() const noexcept { return static_cast<std::byte*>(memory_.get()); }
  std::byte* host() const noexcept { return static_cast<std::byte*>(host_memory_.get()); }
  uint64_t generation() const noexcept { return generation_; }

 private:
  std::shared_ptr<DeviceRuntime> device_;
  std::shared_ptr<void> memory_, host_memory_;
  HeldBytes held_;
  uint64_t generation_ = 1;
};

}  // namespace keraunos::host
