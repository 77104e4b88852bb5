// Quantisers in configs of QKeras: objects, strings such as "quantized_relu(6, negative_slope=0.25)", or names of functions.
#pragma once

#include <string_view>

#include "keraunos/layer.h"

namespace keraunos::loader::qkeras {

/// The layer (qkeras_math.h) of the quantiser in config[key]; empty where the key is missing or null, or names an activation of
/// Keras. ModelError where it is no quantiser.
SerialisedLayer quantiser_in(const Config& config, std::string_view key);

/// The same for a trained weight, for which QKeras fits a scale, a power of two, if none is given.
SerialisedLayer quantiser_of_weight(const Config& config, std::string_view key);

}  // namespace keraunos::loader::qkeras
