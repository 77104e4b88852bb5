// The CPU device.
#pragma once

#include <memory>

#include "host/run/device.h"
#include "kernels/cpu/cpu.h"

namespace keraunos::cpu {

/// UsageError for an impossible number of threads.
std::shared_ptr<host::DeviceRuntime> make_cpu_device(const host::DeviceOptions& options, OneDnn onednn = OneDnn::where_faster);

/// How often a device made by make_cpu_device() allocated memory: for tests that a call allocates nothing.
int64_t allocations_of(const host::DeviceRuntime& device);

}  // namespace keraunos::cpu
