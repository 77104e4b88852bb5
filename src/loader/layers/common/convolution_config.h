// Reads the config of a convolution: the window, and the shapes of its weights.
#pragma once

#include <initializer_list>
#include <optional>
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

/// The number of groups; Keras 2 reads 0, null and an empty list as 1.
int64_t groups_of(const Lowering& l);

/// Keras 2 accepts "groups" for classes that have none and ignores it; it must divide the number of filters, where the class has
/// filters. Keras 3 has no such key.
void check_ignored_groups(const Lowering& l, std::optional<int64_t> filters = std::nullopt);

}  // namespace keraunos::loader
