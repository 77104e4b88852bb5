// hard_sigmoid is clip(x / 5 + 1/2) in Keras 2 and clip(x / 6 + 1/2) in Keras 3: a cell's gates compute the same in Keras 3 if
// their weights are multiplied by 6/5.
#pragma once

#include <span>

#include "loader/layers/layer_traits.h"

namespace keraunos::loader {

/// LayerTraits::weights_to_keras3 of cells whose weights hold `gates` gates side by side along the last axis: multiplies the
/// gates with recurrent_activation, if that is hard_sigmoid.
void steepen_gates(const Config& config, StoredWeights weights, size_t gates, std::span<const size_t> sigmoid);

}  // namespace keraunos::loader
