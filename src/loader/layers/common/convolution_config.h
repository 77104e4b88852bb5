// Reads the config of a convolution: the window, and the shapes of its weights.
#pragma once

#include <initializer_list>
#include <vector>

#include "loader/layers/common/window.h"

namespace keraunos::loader {

struct ConvolutionConfig {
  Padding padding;
  std::vector<int64_t> size, stride, dilation;

  /// Reads kernel_size, strides, dilation_rate and padding of a convolution over that many spatial axes.
  ConvolutionConfig(const Config& config, int axes, bool may_be_causal);

  /// The shape of a kernel: (spatial…, last…).
  Shape kernel(std::initializer_list<int64_t> last) const;
  /// x is (N, spatial…, C), in `groups` groups of channels.
  Value convolve(Lowering& l, Value x, Value kernel, int64_t groups = 1) const;
};

}  // namespace keraunos::loader
