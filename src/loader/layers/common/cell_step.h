// One step of a built-in cell as single operations: for activations that are not one scalar function (softmax, PReLU, custom
// functions), which a Recurrent operation cannot apply.
#pragma once

#include <vector>

#include "keraunos/layer.h"

namespace keraunos::loader {

/// One step of the cell that `l` lowers. `projected` (N, gates·units) is x·kernel + bias. Returns the output, then the new
/// states.
std::vector<Value> written_step(Lowering& l, RecurrentOptions::Cell cell, bool reset_after, Value projected, Value recurrent_bias,
                                const std::vector<Value>& states);

}  // namespace keraunos::loader
