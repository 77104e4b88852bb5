// Softmax over any axes, with Keras's masking.
#pragma once

#include <span>

#include "keraunos/layer.h"

namespace keraunos::loader {

/// Softmax of x over all of `axes` (ascending) together. Where `mask` is false, x is excluded: before Keras 3.13 a large number
/// is subtracted from it, so that a fully masked row is uniform; since then the result is zero.
Value masked_softmax(Lowering& l, Value x, Value mask, std::span<const int> axes);

/// x minus a large number where `mask` is false: the input of softmax in Keras 2 and early Keras 3.
Value with_masked_scores(Lowering& l, Value x, Value mask, double large);

}  // namespace keraunos::loader
