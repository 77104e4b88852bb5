#include <algorithm>

#include "host/plan/planning.h"
#include "host/plan/poison.h"

namespace keraunos::host {
namespace {

// Reserves ranges after the intermediate results; they live for the whole run.
class ArenaEnd {
 public:
  ArenaEnd(int64_t end, const MemoryOptions& options) : end_(end), options_(options) {}
  int64_t reserve(int64_t bytes) {
    const int64_t offset = end_;
    end_ += (bytes + options_.alignment - 1) / options_.alignment * options_.alignment + options_.gap;
    return offset;
  }
  int64_t bytes() const { return end_; }

 private:
  int64_t end_;
  const MemoryOptions options_;
};

void resolve_slots(Planning& planning) {
  for (PlannedStep& step : planning.plan->steps) {
    for (Slot& slot : step.in) planning.buffers.resolve(slot);
    for (Slot& slot : step.out) planning.buffers.resolve(slot);
  }
}

int64_t largest_workspace(const Plan& plan) {
  int64_t bytes = 0;
  for (const PlannedStep& step : plan.steps) {
    if (step.step) bytes = std::max(bytes, step.step->workspace_bytes);
  }
  return bytes;
}

// On a device that shares the host's memory, only misaligned pointers use staging: it costs address space, but no pages.
void reserve_staging(std::vector<Port>& ports, ArenaEnd& end) {
  for (Port& port : ports) {
    if (port.place == Place::device) port.staging = end.reserve(bytes_of(port.type));
  }
}

}  // namespace

void lay_out(Planning& planning) {
  Plan& plan = *planning.plan;
  const MemoryOptions memory{.alignment = planning.apart() ? 256 : 64, .gap = planning.options.gap};
  ArenaEnd end(plan_memory(planning.buffers.intervals(Place::device), memory), memory);
  plan.host_arena_bytes = plan_memory(planning.buffers.intervals(Place::host), memory);
  resolve_slots(planning);
  plan.workspace_bytes = largest_workspace(plan);
  plan.workspace_offset = end.reserve(plan.workspace_bytes);
  plan.errors_offset = end.reserve(plan.error_words * static_cast<int64_t>(sizeof(ErrorWord)));
  if (planning.around == nullptr) {
    reserve_staging(plan.inputs, end);
    reserve_staging(plan.outputs, end);
  }
  plan.arena_bytes = end.bytes();
  if (planning.options.poison)
    add_poison(plan, planning.buffers.intervals(Place::device), planning.buffers.intervals(Place::host));
}

}  // namespace keraunos::host
