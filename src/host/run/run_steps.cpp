// Runs each kind of step.
#include <cstring>

#include "host/run/bound_nested.h"
#include "host/run/in_layer.h"
#include "host/run/scratch.h"
#include "host/run/step_clock.h"

namespace keraunos::host {

void BoundPlan::run_steps(Stream& stream, bool* read_back, StepClock* clock, int64_t max_turns) {
  auto* const words = reinterpret_cast<ErrorWord*>(memory_.device + plan_.errors_offset);
  if (plan_.error_words > 0) stream.fill_zero(words, plan_.error_words * static_cast<int64_t>(sizeof(ErrorWord)));
  run_inside({.stream = stream, .words = words, .read_back = read_back, .clock = clock, .max_turns = max_turns});
}

void BoundPlan::run_inside(const PlanRun& run) {
  if (run.clock != nullptr) return run_timed(run);
  for (size_t i = 0; i < plan_.steps.size(); ++i) run_step(i, run);
}

void BoundPlan::run_timed(const PlanRun& run) {
  const size_t first = run.clock->first_of(plan_);
  for (size_t i = 0, number = first; i < plan_.steps.size(); ++i) {
    run.clock->time(number, run.stream, [&] { run_step(i, run); });
    number += StepClock::count(plan_.steps[i]);
  }
}

void BoundPlan::run_step(size_t index, const PlanRun& run) {
  const PlannedStep& step = plan_.steps[index];
  const Bound& bound = bound_[index];
  void* const* in = pointers_.data() + bound.in;
  void* const* out = pointers_.data() + bound.out;
  switch (step.kind) {
    case PlannedStep::to_device: run.stream.copy_in(out[0], in[0], step.bytes); return;
    case PlannedStep::to_host: run.stream.copy_out(out[0], in[0], step.bytes); return;
    case PlannedStep::copy: run.stream.copy(out[0], in[0], step.bytes); return;
    case PlannedStep::poison: run.stream.fill_invalid(out[0], step.bytes); return;
    case PlannedStep::poison_on_host:
    case PlannedStep::copy_on_host: enqueue_on_host(index, run.stream); return;
    case PlannedStep::loop:
    case PlannedStep::branch: nested_[index]->run(in, out, run); return;
    case PlannedStep::compute: break;
  }
  if (step.kernel != nullptr) return enqueue_on_host(index, run.stream);
  step.step->enqueue({.in = {const_cast<const void* const*>(in), bound.in_count},
                      .out = {pointers_.data() + bound.out, bound.out_count},
                      .workspace = memory_.device + plan_.workspace_offset,
                      .error = step.error_word < 0 ? nullptr : run.words + step.error_word,
                      .stream = &run.stream});
}

// The addresses of a step's operands and results are adjacent. The next turn of a loop changes them, perhaps before the host runs
// this turn.
void BoundPlan::enqueue_on_host(size_t index, Stream& stream) {
  void* const* const addresses = pointers_.data() + bound_[index].in;
  if (!is_nested_) {
    // Small: stored inside the std::function.
    stream.host([this, index] { run_on_host(index, pointers_.data() + bound_[index].in); });
    return;
  }
  std::vector<void*> kept(addresses, addresses + bound_[index].in_count + bound_[index].out_count);
  stream.host([this, index, own = std::move(kept)] { run_on_host(index, own.data()); });
}

void BoundPlan::run_on_host(size_t index, void* const* addresses) {
  const PlannedStep& step = plan_.steps[index];
  void* const* in = addresses;
  void* const* out = addresses + bound_[index].in_count;
  switch (step.kind) {
    case PlannedStep::poison_on_host: std::memset(out[0], 0xFF, static_cast<size_t>(step.bytes)); return;
    case PlannedStep::copy_on_host:
      if (step.bytes > 0) std::memcpy(out[0], in[0], static_cast<size_t>(step.bytes));
      return;
    default: run_kernel_of_host(step, in, out);
  }
}

void BoundPlan::run_kernel_of_host(const PlannedStep& step, void* const* in, void* const* out) {
  Scratch scratch;
  auto reads = scratch.list<TensorView>(step.in_types.size());
  auto writes = scratch.list<MutableView>(step.out_types.size());
  for (size_t i = 0; i < step.in_types.size(); ++i) reads.emplace_back(in[i], step.in_types[i].dtype, step.in_types[i].dims);
  for (size_t i = 0; i < step.out_types.size(); ++i)
    writes.push_back({out[i], step.out_types[i].dtype, step.out_types[i].dims, {}});
  in_layer(step.origin, [&] { step.kernel->run(reads, writes); });
}

}  // namespace keraunos::host
