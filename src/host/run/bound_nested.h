// The bound nested plans of a loop or branch (plan/nested.h), and their turns in a run.
#pragma once

#include <memory>
#include <vector>

#include "host/plan/nested.h"
#include "host/run/bound_plan.h"

namespace keraunos::host {

class BoundNested {
 public:
  explicit BoundNested(const NestedPlans& nested);

  /// `out`: the memory of the results and of the turns.
  void bind(void* const* out, bool has_host_arena);
  void run(void* const* in, void* const* out, const PlanRun& run);

 private:
  void run_loop(void* const* in, void* const* out, const PlanRun& run);
  void run_branch(void* const* in, void* const* out, const PlanRun& run);
  void start(void* const* in, void* const* out, const PlanRun& run);
  bool goes_on(void* const* in, void* const* out, int64_t turn, const PlanRun& run);
  void step(void* const* in, void* const* out, int64_t turn, const PlanRun& run);
  void finish(void* const* in, void* const* out, int64_t turns, const PlanRun& run);
  void* carried_before(void* const* in, void* const* out, size_t i, int64_t turn) const;
  void* carried_after(void* const* out, size_t i, int64_t turn) const;

  const NestedPlans& nested_;
  BoundPlan first_;
  std::unique_ptr<BoundPlan> second_;
  std::vector<const void*> inputs_, condition_inputs_;  // of the current turn
  std::vector<void*> outputs_;
};

}  // namespace keraunos::host
