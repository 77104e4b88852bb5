#pragma once

#include <array>
#include <optional>
#include <vector>

#include "host/ops/nested.h"

namespace keraunos::host {

/// Runs `body` once for each step. in: carried…, sliced…, captured…. A sliced operand has its steps along axis 0: a step is a
/// contiguous range of memory, which the body reads in place. The body has the same inputs, with one step of each sliced operand;
/// its outputs are the next carried values, then one step of each stacked result. out: carried… after the last step, stacked…
/// (steps along axis 0).
///
/// The number of steps is `steps`, or the extent of axis 0 of the sliced operands where steps < 0. With a `condition` that number
/// is the limit: the loop ends before the first step for which the condition, a graph from carried… and captured… to one boolean,
/// is false. Such a loop may have no sliced operand and steps < 0, which means no limit. Steps of stacked results that did not
/// run are 0. `backwards`: the steps run from the last to the first; stacked results are in the order of processing.
struct Loop {
  static constexpr OpTraits traits{.is_nested = true, .is_pure = false};

  GraphPointer body{}, condition{};
  int carried = 0, sliced = 0, stacked = 0;
  int64_t steps = -1;
  bool backwards = false;

  /// The number of steps, or its limit where there is a condition; absent: no limit.
  std::optional<int64_t> most_steps(const NodeView& node) const;
  std::array<GraphPointer*, 2> graphs() { return {&body, &condition}; }
  Captures captures() const {
    const auto fixed = static_cast<size_t>(carried + sliced);
    return {.first = fixed, .inputs = {fixed, static_cast<size_t>(carried)}};
  }

  std::string text() const;
  void mix(Hash& hash) const;
  Types infer(const NodeView& node) const;
  /// The row axis of each result, found from two lowerings of the graphs.
  std::vector<int> rows(const RowPair& pair, const NodeView& node, const Loop& other, const std::vector<int>& axis) const;
  /// Equal numbers, and graphs with equal contents.
  friend bool operator==(const Loop& a, const Loop& b);
};

}  // namespace keraunos::host
