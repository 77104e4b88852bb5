// How a recurrent cell is lowered for a whole sequence at once.
//
// Keras defines RNN(cell) as a loop that calls the cell once a step. For the built-in cells we turn that inside out: an RNN layer
// calls its cell once, with the whole sequence and the loop's settings as keywords, and the cell lowers itself to one product for
// all steps and one Recurrent operation. A stack of cells does the same cell by cell: each sees, at every step, what the cell
// before it gave at that step, so that running cell 1 over all steps first, then cell 2, is the same mathematics.
//
// Any other cell (the caller's own, or a built-in one with an activation that is not one function of a number) runs as Keras says
// it: a Loop whose body is one call of the cell.
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "keraunos/layer.h"

namespace keraunos::loader {

/// Lowering::run_cell.
std::vector<Traced> call_cell(Lowering& l, std::string_view child, const SequenceCall& call);

/// What a cell was called with by call_cell; nothing when it was called as a layer, for one step.
std::optional<SequenceCall> sequence_call(Lowering& l);

/// The states that a cell was called with for one step: its second argument.
std::vector<Traced> step_states(const Lowering& l);

/// RNN as Keras defines it: calls the child once a step, inside a Loop.
std::vector<Traced> loop_over_cell(Lowering& l, std::string_view child, const SequenceCall& call);

/// One step: from x (N, …) and the states to the output and the new states.
using CellStep = std::function<std::vector<Value>(Value x, const std::vector<Value>& states)>;
/// The same around a step that is written here; the shapes of its states are with the batch axis.
std::vector<Traced> loop_over_steps(Lowering& l, const SequenceCall& call, const std::vector<Shape>& states,
                                    const CellStep& step);

}  // namespace keraunos::loader
