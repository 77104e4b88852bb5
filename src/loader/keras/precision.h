// The load option `precision` where it asks for 16 bits.
#pragma once

#include "loader/keras/layer_graph.h"

namespace keraunos::loader {

/// Layers that would compute in float32 compute in `type` with variables of float32, as under the global policy "mixed_float16"
/// or "mixed_bfloat16" of keras.mixed_precision. As they are stay: layers that state another policy, quantised ones, operations
/// (they compute in what they are given), and layers of the caller's with all that is inside, since their bodies may know float32
/// only.
void compute_in(const SharedLayer& root, DType type);

}  // namespace keraunos::loader
