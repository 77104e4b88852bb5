// Converts weights in the layouts of earlier Keras, Theano and cuDNN to that of Keras 2.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "loader/layers/layer_traits.h"

namespace keraunos::loader {

using SharedTensor = std::shared_ptr<const Tensor>;

/// Transposed so that result.dims[i] = tensor.dims[permutation[i]].
SharedTensor transposed(const Tensor& tensor, std::span<const int> permutation);

/// Concatenated along the last axis.
SharedTensor joined_columns(std::span<const SharedTensor> parts);

// LayerTraits::convert_weights of convolutions. Keras 1 stored a kernel in the backend's layout, with the channels first where
// the config says "th"; Theano's 4-D kernels are recognised by their shape, which does not fit the config.
void convert_conv1d(const Config& config, StoredWeights weights, bool keras1);
void convert_conv2d(const Config& config, StoredWeights weights, bool keras1);
void convert_conv3d(const Config& config, StoredWeights weights, bool keras1);
void convert_conv2d_transpose(const Config& config, StoredWeights weights, bool keras1);
void convert_conv_lstm2d(const Config& config, StoredWeights weights, bool keras1);

/// LayerTraits::keras1_gates: Keras 1 lists the gates of an LSTM as i, c, f, o, Keras 2 as i, f, c, o.
inline const std::vector<size_t> kKeras1GatesOfLstm{0, 2, 1, 3};

// LayerTraits::convert_weights of cells, whose layer may have been a cuDNN layer.
void convert_lstm(const Config& config, StoredWeights weights, bool keras1);
void convert_gru(const Config& config, StoredWeights weights, bool keras1);

}  // namespace keraunos::loader
