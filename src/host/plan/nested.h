// A loop or branch in a plan: a step whose graphs are nested plans, planned once. The outer step sets the addresses of their
// operands and results for each turn; their arenas are ranges of the outer plan's arena.
//
//   in:   carried…, sliced…, captured… (of a branch: the condition, then the operands)
//   out:  carried…, stacked… (of a branch: the results), then memory for the turns: for a loop a second buffer for each carried
//         value and one for the condition's result; then the arenas of the plans, of which one runs at a time
#pragma once

#include <optional>

#include "host/plan/plan.h"

namespace keraunos::host {

struct NestedPlans {
  std::shared_ptr<const Plan> first, second{};  ///< for a loop: body and condition, which may be absent; for a branch both graphs
  bool is_loop = true, backwards = false;
  size_t carried = 0, sliced = 0, stacked = 0;
  std::optional<int64_t> steps{};  ///< the number of steps, or its limit where there is a condition; absent: no limit
  std::vector<int64_t> bytes{};    ///< of each carried value, then of one step of each sliced operand and stacked result

  /// A boolean in the device's memory decides what runs next.
  bool is_conditional() const { return !is_loop || second != nullptr; }
  /// Indices in `out`: the first second buffer, the condition's result, the device's arena, the host's arena.
  size_t spare() const { return is_loop ? carried + stacked : first->outputs.size(); }
  size_t flag() const { return spare() + carried; }
  size_t arena() const { return flag() + (is_loop ? 1 : 0); }
  size_t host_arena() const { return arena() + 1; }
};

}  // namespace keraunos::host
