// BatchNormalization, for the layer of Keras and those of other libraries that quantise its weights or fold it.
#pragma once

#include <vector>

#include "keraunos/layer.h"

namespace keraunos::loader {

std::vector<Traced> lower_batch_normalization(Lowering& l);
std::vector<WeightName> weights_of_batch_normalization(const Config& config);

}  // namespace keraunos::loader
