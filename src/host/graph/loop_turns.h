// Loops and branches with kernels whose results' shapes depend on data. No single plan fits all steps of such a loop, so each
// lowering writes one step and ends a segment with the step's results; they are graph inputs for the next step.
#pragma once

#include <span>
#include <vector>

#include "host/graph/graph.h"

namespace keraunos::host {

/// A condition that decides what is lowered next: it ends a segment, and the host reads it.
bool decided(Builder& builder, Value condition);

struct TurnState {
  int64_t step;
  std::vector<Value> values;  ///< results of the previous step, or the initial values
};
/// The beginning of a loop: ends a segment for the initial values; later returns the values of the last step that ran.
TurnState turn_state(Builder& builder, std::span<const Value> initial);
/// Ends the segment of a step: its values replace all results known since Graph::met was `first`.
[[noreturn]] void end_turn(Builder& builder, size_t first, int64_t step, std::span<const Value> values);

inline constexpr int64_t kMostTurns = 1'000;
/// The DataError for a loop that its condition does not end.
[[noreturn]] void throw_endless(int64_t turns);

}  // namespace keraunos::host
