// The CPU's figures for the host.
#pragma once

#include "host/run/device_costs.h"

namespace keraunos::cpu {

/// Measured on two cores with AVX2, 512 KiB of L2 each and a shared L3 of 32 MiB (bench/NOTES.md, "Pieces of a batch" and "Shapes
/// that change").
inline constexpr host::DeviceCosts kCosts{
    .core = {.cache_bytes = int64_t{1} << 20,  // the L2, and what a core uses of the L3
             .nanoseconds_a_byte = 0.1,
             .nanoseconds_a_product = 0.04,
             .nanoseconds_to_share = 30000,
             .rows_that_hide_weights = 128,
             .traffic_to_weights = 4,
             .recurrent_rows = 8,  // about a product's register tile
             .most_rows = 1024},
    .chunk = {.bytes = int64_t{4} << 20, .most_rows = 1024},  // not measured
    // One thread copies about 10 GB/s, a bus 50.
    .copy = {.shared_bytes = int64_t{1} << 20, .slice_bytes = int64_t{2} << 20, .share_bytes = int64_t{256} << 10},
    .step_bytes = 1536,  // our steps take about 1.2 KB, one of oneDNN's 8 KB
};

}  // namespace keraunos::cpu
