// Quantisers in configs of QKeras: as objects, as strings such as "quantized_relu(6, negative_slope=0.25)", or as the name of a
// function.
#pragma once

#include <string_view>

#include "keraunos/layer.h"

namespace keraunos::loader::qkeras {

/// The layer (qkeras_math.h) that is what config[key] quantises with; none where the key is missing or null, or names an
/// activation of Keras. ModelError where it is no quantiser.
SerialisedLayer quantiser_in(const Config& config, std::string_view key);

/// The same for a weight that is trained: QKeras then fits a scale, a power of two, where none is given.
SerialisedLayer quantiser_of_weight(const Config& config, std::string_view key);

}  // namespace keraunos::loader::qkeras
