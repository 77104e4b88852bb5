// The machine's figures in these tests.
#pragma once

#include "host/run/device_costs.h"

namespace keraunos::host {

inline constexpr DeviceCosts kMachine{.core = {.cache_bytes = int64_t{1} << 20,
                                               .nanoseconds_a_byte = 0.1,
                                               .nanoseconds_a_product = 0.04,
                                               .nanoseconds_to_share = 30000,
                                               .rows_that_hide_weights = 128,
                                               .traffic_to_weights = 4,
                                               .recurrent_rows = 8,
                                               .most_rows = 1024},
                                      .chunk = {.bytes = int64_t{4} << 20, .most_rows = 1024}};

}  // namespace keraunos::host
