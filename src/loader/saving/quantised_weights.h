// Computes the weights of one layer after Keras's quantize(), in the order of an archive.
#pragma once

#include <vector>

#include "keraunos/model.h"
#include "loader/keras/layer_graph.h"

namespace keraunos::loader {

/// False for an EinsumDense whose equation has an ellipsis, which Keras 3.15 fails to quantise.
bool can_be_quantised(const LayerInstance& layer);

/// The quantised weights of a Dense, EinsumDense, Embedding or ReversibleEmbedding with float32 weights.
std::vector<WeightInfo> quantised_weights(const LayerInstance& layer, Quantization mode);

}  // namespace keraunos::loader
