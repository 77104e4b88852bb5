#include "host/run/arena.h"

namespace keraunos::host {

void Arena::reserve(int64_t device_bytes, int64_t host_bytes) {
  if (has_room(device_bytes, host_bytes)) return;
  if (device_bytes > held_.device()) {
    memory_.reset();  // freed before the new block is allocated: both at once may not fit
    held_.set(0, held_.host());
    memory_ = device_->allocate(device_bytes);
    held_.set(device_bytes, held_.host());
  }
  if (host_bytes > held_.host()) {
    host_memory_.reset();
    held_.set(held_.device(), 0);
    host_memory_ = device_->allocate_staging(host_bytes);
    held_.set(held_.device(), host_bytes);
  }
  ++generation_;
}

}  // namespace keraunos::host
