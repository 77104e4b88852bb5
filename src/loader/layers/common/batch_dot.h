// Keras's batch_dot: what the layer Dot and the backend's function compute.
#pragma once

#include <array>

#include "keraunos/layer.h"

namespace keraunos::loader {

/// The sum over one axis of each, behind the batch axis 0, for each sample: (batch, free axes of the first, those of the second);
/// (batch, 1) where neither has any. Refuses axes of different extents.
Value batch_dot(Lowering& l, const std::array<Value, 2>& x, const std::array<int, 2>& axes);

}  // namespace keraunos::loader
