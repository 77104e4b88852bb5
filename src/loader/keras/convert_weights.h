// Converts weights in files of Keras 1 and 2 to the layout of Keras 2, as the traits of their layers define.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "loader/keras/layer_graph.h"

namespace keraunos::loader {

using SharedTensor = std::shared_ptr<const Tensor>;

/// The number of arrays that Keras 1 stored for a layer's own weights: 12 for an LSTM, 9 for a GRU, else the number of weights.
size_t keras1_arrays(const LayerInstance& layer);
/// Converts these arrays (W_i, U_i, b_i, …, gate by gate) to kernel, recurrent_kernel, bias.
std::vector<SharedTensor> joined_gates(const LayerInstance& layer, std::span<const SharedTensor> arrays);

/// Converts the weights of one layer, as read, to the layout of Keras 2; `keras1`: the file states no version.
void convert_weights(LayerInstance& layer, bool keras1);

}  // namespace keraunos::loader
