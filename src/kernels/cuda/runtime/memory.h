// Device memory and pinned host memory, owned by shared pointers whose deleters never throw.
#pragma once

#include <cstdint>
#include <memory>

#include "keraunos/tensor.h"

namespace keraunos::cuda {

/// At least `bytes` of device memory, 256-byte aligned. DeviceError naming what was asked and what is free.
std::shared_ptr<void> allocate_device(int device, int64_t bytes);

/// Pinned host memory, which copies fast and asynchronously.
std::shared_ptr<void> allocate_pinned(int device, int64_t bytes);

/// A copy of host bytes in device memory; waits until it is there. For preparation only.
std::shared_ptr<const void> upload(int device, const void* host, int64_t bytes);

}  // namespace keraunos::cuda
