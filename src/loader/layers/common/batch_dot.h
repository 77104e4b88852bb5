// Keras's batch_dot, for the layer Dot and the backend's function.
#pragma once

#include <array>

#include "keraunos/layer.h"

namespace keraunos::loader {

/// For each sample the sum over one axis of each tensor, both after the batch axis 0: (batch, free axes of the first, free axes
/// of the second); (batch, 1) where neither has free axes. Refuses axes of different extents.
Value batch_dot(Lowering& l, const std::array<Value, 2>& x, const std::array<int, 2>& axes);

}  // namespace keraunos::loader
