// The load option `precision` for 16-bit types.
#pragma once

#include "loader/keras/layer_graph.h"

namespace keraunos::loader {

/// Layers that would compute in float32 compute in `type` with variables of float32, as under the global policy "mixed_float16"
/// or "mixed_bfloat16" of keras.mixed_precision. Unchanged: layers that state another policy, quantised layers, operations (they
/// compute in the dtype of their operands), and custom layers with everything inside, since their code may support only float32.
void compute_in(const SharedLayer& root, DType type);

}  // namespace keraunos::loader
