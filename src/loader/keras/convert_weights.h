// Weights as files of Keras 1 and 2 hold them, brought to the layout of Keras 2 by what their layers' traits say.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "loader/keras/layer_graph.h"

namespace keraunos::loader {

using SharedTensor = std::shared_ptr<const Tensor>;

/// How many arrays Keras 1 stored for the own weights of a layer: 12 for an LSTM, 9 for a GRU, else as many as there are.
size_t keras1_arrays(const LayerInstance& layer);
/// Those arrays (W_i, U_i, b_i, …, gate by gate) as kernel, recurrent_kernel, bias.
std::vector<SharedTensor> joined_gates(const LayerInstance& layer, std::span<const SharedTensor> arrays);

/// Brings the weights of one layer, as just read, to the layout of Keras 2; `keras1`: the file states no version.
void convert_weights(LayerInstance& layer, bool keras1);

}  // namespace keraunos::loader
