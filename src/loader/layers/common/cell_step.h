// One step of a built-in cell as single operations: for activations that are not one scalar function (softmax, PReLU, custom
// functions), which a Recurrent operation cannot apply.
#pragma once

#include <vector>

#include "keraunos/layer.h"

namespace keraunos::loader {

/// What one step reads besides its states. `projected` (N, gates·units) is x·kernel + bias.
struct StepOperands {
  Value projected, recurrent_kernel;
  Value recurrent_bias{};    ///< of a GRU with reset_after, or absent
  bool reset_after = false;  ///< of a GRU
};

/// One step of the cell that `l` lowers. Returns the output, then the new states.
std::vector<Value> written_step(Lowering& l, RecurrentOptions::Cell cell, const StepOperands& operands,
                                const std::vector<Value>& states);

}  // namespace keraunos::loader
