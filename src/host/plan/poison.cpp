#include "host/plan/poison.h"

#include <algorithm>

namespace keraunos::host {
namespace {

PlannedStep poison_of(Slot::Kind arena, int64_t offset, int64_t bytes) {
  const bool on_host = arena == Slot::host_arena;
  return {.kind = on_host ? PlannedStep::poison_on_host : PlannedStep::poison,
          .out = {{.kind = arena, .offset = offset}},
          .bytes = bytes,
          .text = "poison"};
}

void add_ends(std::vector<PlannedStep>& steps, std::span<const Interval> intervals, Slot::Kind arena, int step) {
  for (const Interval& interval : intervals) {
    if (interval.last == step && interval.bytes > 0) steps.push_back(poison_of(arena, interval.offset, interval.bytes));
  }
}

int64_t end_of(std::span<const Interval> intervals) {
  int64_t end = 0;
  for (const Interval& interval : intervals) end = std::max(end, interval.offset + interval.bytes);
  return end;
}

}  // namespace

void add_poison(Plan& plan, std::span<const Interval> device, std::span<const Interval> host) {
  std::vector<PlannedStep> steps;
  if (const int64_t end = end_of(device); end > 0) steps.push_back(poison_of(Slot::arena, 0, end));
  if (const int64_t end = end_of(host); end > 0) steps.push_back(poison_of(Slot::host_arena, 0, end));
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    PlannedStep& step = plan.steps[i];
    if (step.step && step.step->workspace_bytes > 0)
      steps.push_back(poison_of(Slot::arena, plan.workspace_offset, step.step->workspace_bytes));
    steps.push_back(std::move(step));
    add_ends(steps, device, Slot::arena, static_cast<int>(i));
    add_ends(steps, host, Slot::host_arena, static_cast<int>(i));
  }
  plan.steps = std::move(steps);
}

}  // namespace keraunos::host
