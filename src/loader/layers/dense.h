// Lowers Dense, for the layer of Keras and those of other libraries that quantise the weights first.
#pragma once

#include <vector>

#include "keraunos/layer.h"

namespace keraunos::loader {

std::vector<Traced> lower_dense(Lowering& l);

}  // namespace keraunos::loader
