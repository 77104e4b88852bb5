// hard_sigmoid is clip(x / 5 + 1/2) in Keras 2 and clip(x / 6 + 1/2) in Keras 3: gates of a cell compute the same in Keras 3
// where their weights are 6/5 of what they were.
#pragma once

#include <span>

#include "loader/layers/layer_traits.h"

namespace keraunos::loader {

/// LayerTraits::weights_to_keras3 of cells whose weights hold `gates` gates side by side along the last axis: multiplies those
/// that recurrent_activation is for, where that is hard_sigmoid.
void steepen_gates(const Config& config, StoredWeights weights, size_t gates, std::span<const size_t> sigmoid);

}  // namespace keraunos::loader
