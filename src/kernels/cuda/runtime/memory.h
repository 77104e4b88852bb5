// Device memory and pinned host memory, owned by shared pointers whose deleters never throw.
#pragma once

#include <cstdint>
#include <memory>

#include "keraunos/tensor.h"

namespace keraunos::cuda {

/// At least `bytes` of device memory, 256-byte aligned. DeviceError stating the requested and the free bytes.
std::shared_ptr<void> allocate_device(int device, int64_t bytes);

/// Pinned host memory, for fast and asynchronous copies.
std::shared_ptr<void> allocate_pinned(int device, int64_t bytes);

/// A copy of host bytes in device memory; blocks until it is complete. For preparation only.
std::shared_ptr<const void> upload(int device, const void* host, int64_t bytes);

}  // namespace keraunos::cuda
