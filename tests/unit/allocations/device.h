// The functions of the device that the allocation tests need: one file implements them for the CPU, one for CUDA with the
// stand-in, one for a GPU.
#pragma once

#include <cstdint>
#include <memory>

#include "host/run/device.h"

namespace keraunos {

/// Allocations of device memory since the process started (of this runtime, where each has its own count).
int64_t device_allocations(const host::DeviceRuntime& device);

/// True while the calling thread is inside the driver, a library of CUDA's or the stand-in, which implements them: heap
/// allocations there are not Keraunos's.
bool plays_the_driver() noexcept;

/// Memory of the device that Session::enqueue reads and writes.
std::shared_ptr<void> on_device(host::DeviceRuntime& device, const void* host, int64_t bytes);

}  // namespace keraunos
