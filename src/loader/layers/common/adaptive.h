// Pooling to a given number of results: windows of different sizes, from floor(i · elements / results) to ceil((i + 1) · elements
// / results).
#pragma once

#include <span>

#include "keraunos/layer.h"

namespace keraunos::loader {

/// x (N, spatial…, C) with `results` results along each spatial axis.
Value adaptive_pool(Lowering& l, Value x, std::span<const int64_t> results, bool average);

}  // namespace keraunos::loader
