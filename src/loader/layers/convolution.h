// Lowers convolutions over a given number of spatial axes, for layers of Keras and of other libraries that quantise the weights
// first (common/used_weight.h).
#pragma once

#include <string_view>
#include <vector>

#include "keraunos/layer.h"

namespace keraunos::loader {

std::vector<Traced> lower_plain_convolution(Lowering& l, int axes);
/// `weight` is the name of the kernel.
std::vector<Traced> lower_depthwise_convolution(Lowering& l, int axes, std::string_view weight);
std::vector<Traced> lower_separable_convolution(Lowering& l, int axes);
std::vector<Traced> lower_transposed_convolution(Lowering& l, int axes);

}  // namespace keraunos::loader
