// How a recurrent cell is lowered for a whole sequence at once.
//
// Keras defines RNN(cell) as a loop that calls the cell once for each step. For built-in cells we invert this: an RNN layer calls
// its cell once, with the whole sequence and the loop's settings as keywords, and the cell lowers to one product for all steps
// and one Recurrent operation. A stack of cells does this cell by cell: at every step a cell reads the output of the previous
// cell at that step, so running cell 1 over all steps first, then cell 2, computes the same.
//
// Any other cell (a custom one, or a built-in one with an activation that is not one scalar function) runs as in Keras: a Loop
// whose body is one call of the cell.
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "keraunos/layer.h"

namespace keraunos::loader {

/// Implements Lowering::run_cell.
std::vector<Traced> call_cell(Lowering& l, std::string_view child, const SequenceCall& call);

/// The arguments of a cell's call by call_cell; absent when it was called as a layer, for one step.
std::optional<SequenceCall> sequence_call(Lowering& l);

/// The states of a cell's call for one step: its second argument.
std::vector<Traced> step_states(const Lowering& l);

/// RNN as Keras defines it: calls the child once for each step, inside a Loop.
std::vector<Traced> loop_over_cell(Lowering& l, std::string_view child, const SequenceCall& call);

/// One step: computes the output and the new states from x (N, …) and the states.
using CellStep = std::function<std::vector<Value>(Value x, const std::vector<Value>& states)>;
/// The same for a step that is defined here; the shapes of its states include the batch axis.
std::vector<Traced> loop_over_steps(Lowering& l, const SequenceCall& call, const std::vector<Shape>& states,
                                    const CellStep& step);

}  // namespace keraunos::loader
