// A GPU's figures for the host. One piece uses the whole GPU, so no pieces run side by side; the CPU's threads copy.
#pragma once

#include "host/run/device_costs.h"

namespace keraunos::cuda {

inline constexpr host::DeviceCosts kCosts{
    .chunk = {.bytes = int64_t{4} << 20, .most_rows = 1024},            // not measured
    .copy = {.upload_bytes = int64_t{4} << 20},                         // not measured
    .recording = {.most_nested_launches = 4096, .launch_bytes = 2048},  // not measured; nodes on the host and on the GPU
    .step_bytes = 1536,                                                 // estimate
};

}  // namespace keraunos::cuda
