// What the allocation tests ask of the device: one file answers for the CPU, one for CUDA over the stand-in, one for a GPU.
#pragma once

#include <cstdint>
#include <memory>

#include "host/run/device.h"

namespace keraunos {

/// Memory that was asked of the device since the process started (of this runtime, where each counts its own).
int64_t device_allocations(const host::DeviceRuntime& device);

/// The calling thread is inside the driver, a library of CUDA's or the stand-in, which plays them: what it allocates there is
/// theirs.
bool plays_the_driver() noexcept;

/// Memory of the device, for what Session::enqueue reads and writes.
std::shared_ptr<void> on_device(host::DeviceRuntime& device, const void* host, int64_t bytes);

}  // namespace keraunos
