// Weights in the form in which a layer computes with them: a layer of QKeras quantises them first.
#pragma once

#include <string>
#include <string_view>

#include "keraunos/layer.h"

namespace keraunos::loader {

/// The config key, and the name of the inner layer, of a weight's quantiser: "kernel_quantizer" for "kernel",
/// "depthwise_quantizer" for "depthwise_kernel", "mean_quantizer" for "moving_mean".
std::string quantizer_of(std::string_view weight);

/// The weight after its quantiser, if the config names one. Keras's own layers have no such key.
Value used_weight(Lowering& l, std::string_view name, const Shape& shape, bool cast = true);

}  // namespace keraunos::loader
