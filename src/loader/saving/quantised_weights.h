// The weights of one layer after Keras's quantize(), in the order of an archive.
#pragma once

#include <vector>

#include "keraunos/model.h"
#include "loader/keras/layer_graph.h"

namespace keraunos::loader {

/// False for an EinsumDense whose equation has an ellipsis, which Keras 3.15 fails to quantise.
bool can_be_quantised(const LayerInstance& layer);

/// Of a Dense, EinsumDense, Embedding or ReversibleEmbedding with weights of float32.
std::vector<WeightInfo> quantised_weights(const LayerInstance& layer, Quantization mode);

}  // namespace keraunos::loader
