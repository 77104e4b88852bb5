// A loop or branch in a plan: a step whose graphs are plans of their own, planned once. They find their operands, and write their
// results, by addresses that the step around them sets at each turn; what they need meanwhile is a range of the arena around
// them.
//
//   in:   carried…, sliced…, captured… (of a branch: the condition, then the operands)
//   out:  carried…, stacked… (of a branch: the results), then memory for the turns: of a loop a second buffer for each carried
//         value and one for the condition's result; the arenas of the plans, which take turns in them
#pragma once

#include <optional>

#include "host/plan/plan.h"

namespace keraunos::host {

struct NestedPlans {
  std::shared_ptr<const Plan> first, second{};  ///< of a loop: body and condition, which may be absent; of a branch both graphs
  bool is_loop = true, backwards = false;
  size_t carried = 0, sliced = 0, stacked = 0;
  std::optional<int64_t> steps{};  ///< the number, or the most where there is a condition; nothing: no limit
  std::vector<int64_t> bytes{};    ///< of carried values, then of one step of sliced operands and of stacked results

  /// A boolean of the device decides what runs next.
  bool is_conditional() const { return !is_loop || second != nullptr; }
  /// Where `out` holds what: second buffers from here on, the condition's result, the arena of the device, that of the host.
  size_t spare() const { return is_loop ? carried + stacked : first->outputs.size(); }
  size_t flag() const { return spare() + carried; }
  size_t arena() const { return flag() + (is_loop ? 1 : 0); }
  size_t host_arena() const { return arena() + 1; }
};

}  // namespace keraunos::host
