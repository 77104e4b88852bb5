// Kernels of convolutions as Keras 1 and Theano stored them.
#include <array>

#include "loader/layers/common/data_format.h"
#include "loader/layers/common/stored_weights.h"

namespace keraunos::loader {
namespace {

void transpose(SharedTensor& kernel, std::span<const int> permutation) {
  if (kernel->dims().rank() == static_cast<int>(permutation.size())) kernel = transposed(*kernel, permutation);
}

// The config's statement about a kernel (height, width, …): which of the last two axes are the filters, and their number for each
// filter of the config.
struct Expected {
  int filters_axis = 3;
  int64_t gates = 1;

  bool fits(const Config& config, const Dims& dims) const {
    const std::vector<int64_t> size = config.integers("kernel_size", 2, Range{1});
    return dims[0] == size[0] && dims[1] == size[1] && dims[filters_axis] == config.integer("filters", Range{1}) * gates;
  }
};

// True where Theano's layout was found and converted.
bool turn_theano(const Config& config, SharedTensor& kernel, const Expected& expected) {
  if (kernel->dims().rank() != 4 || expected.fits(config, kernel->dims())) return false;
  const SharedTensor swapped = transposed(*kernel, std::array{3, 2, 0, 1});
  if (!expected.fits(config, swapped->dims())) return false;
  kernel = swapped;
  return true;
}

}  // namespace

// Keras 1 stored a second spatial axis, of extent 1.
void convert_conv1d(const Config& config, StoredWeights weights, bool keras1) {
  SharedTensor& kernel = weights[0];
  if (!keras1 || kernel->dims().rank() != 4) return;
  const Dims& dims = kernel->dims();
  const bool in_place =
      dims[0] == config.integers("kernel_size", 1, Range{1})[0] && dims[1] == 1 && dims[3] == config.integer("filters", Range{1});
  if (!in_place) transpose(kernel, std::array{2, 3, 1, 0});
  const Dims& full = kernel->dims();
  kernel = Tensor::reshaped(kernel, Dims{full[0], full[2], full[3]});
}

void convert_conv2d(const Config& config, StoredWeights weights, bool keras1) {
  if (keras1 && channels_first(config)) transpose(weights[0], std::array{2, 3, 1, 0});
  turn_theano(config, weights[0], {});
}

void convert_conv3d(const Config& config, StoredWeights weights, bool keras1) {
  if (keras1 && channels_first(config)) transpose(weights[0], std::array{2, 3, 4, 1, 0});
}

void convert_conv2d_transpose(const Config& config, StoredWeights weights, bool keras1) {
  if (keras1) transpose(weights[0], channels_first(config) ? std::array{2, 3, 0, 1} : std::array{0, 1, 3, 2});
  turn_theano(config, weights[0], {.filters_axis = 2});
}

void convert_conv_lstm2d(const Config& config, StoredWeights weights, bool) {
  const bool turned = turn_theano(config, weights[0], {.gates = 4});
  if (turned && weights.size() > 1) transpose(weights[1], std::array{3, 2, 0, 1});
}

}  // namespace keraunos::loader
