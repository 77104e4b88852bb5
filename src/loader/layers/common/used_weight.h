// Weights as a layer computes with them: of a layer of QKeras they are quantised first.
#pragma once

#include <string>
#include <string_view>

#include "keraunos/layer.h"

namespace keraunos::loader {

/// The config key, and the name of the layer inside, of what quantises a weight: "kernel_quantizer" of "kernel",
/// "depthwise_quantizer" of "depthwise_kernel", "mean_quantizer" of "moving_mean".
std::string quantizer_of(std::string_view weight);

/// The weight, through its quantiser where the config names one. No layer of Keras has such a key.
Value used_weight(Lowering& l, std::string_view name, const Shape& shape, bool cast = true);

}  // namespace keraunos::loader
