// One step of a built-in cell, written out: for activations that are more than one function of a number (softmax, PReLU, the
// caller's own), which a Recurrent operation cannot apply.
#pragma once

#include <vector>

#include "keraunos/layer.h"

namespace keraunos::loader {

/// One step of the cell that `l` lowers. `projected` (N, gates·units) is x·kernel + bias. Returns the output, then the new
/// states.
std::vector<Value> written_step(Lowering& l, RecurrentOptions::Cell cell, bool reset_after, Value projected, Value recurrent_bias,
                                const std::vector<Value>& states);

}  // namespace keraunos::loader
