#include "host/run/bound_nested.h"

#include <algorithm>

#include "host/graph/loop_turns.h"

namespace keraunos::host {
namespace {

// The stream's earlier work is finished when this returns.
bool read_condition(const void* condition, const PlanRun& run) {
  if (run.read_back == nullptr) return *static_cast<const bool*>(condition);
  run.stream.copy_out(run.read_back, condition, 1);
  run.stream.synchronize();
  return *run.read_back;
}

std::byte* bytes_at(void* start, int64_t offset) { return static_cast<std::byte*>(start) + offset; }

}  // namespace

BoundNested::BoundNested(const NestedPlans& nested)
    : nested_(nested),
      first_(*nested.first, true),
      second_(nested.second == nullptr ? nullptr : std::make_unique<BoundPlan>(*nested.second, true)),
      inputs_(nested.first->inputs.size()),
      condition_inputs_(nested.second == nullptr ? 0 : nested.second->inputs.size()),
      outputs_(nested.first->outputs.size()) {}

void BoundNested::bind(void* const* out, bool has_host_arena) {
  const PlanMemory memory{.device = bytes_at(out[nested_.arena()], 0),
                          .host = has_host_arena ? bytes_at(out[nested_.host_arena()], 0) : nullptr,
                          .states = {}};
  first_.bind(memory);
  if (second_ != nullptr) second_->bind(memory);
}

void BoundNested::run(void* const* in, void* const* out, const PlanRun& run) {
  if (nested_.is_loop)
    run_loop(in, out, run);
  else
    run_branch(in, out, run);
}

void BoundNested::run_branch(void* const* in, void* const* out, const PlanRun& run) {
  std::copy_n(in + 1, inputs_.size(), inputs_.begin());
  std::copy_n(out, outputs_.size(), outputs_.begin());
  BoundPlan& chosen = read_condition(in[0], run) ? first_ : *second_;
  chosen.set_ports(inputs_, outputs_);
  chosen.run_inside(run);
}

void BoundNested::run_loop(void* const* in, void* const* out, const PlanRun& run) {
  start(in, out, run);
  int64_t turn = 0;
  while ((!nested_.steps || turn < *nested_.steps) && goes_on(in, out, turn, run)) {
    if (nested_.second != nullptr && turn >= run.max_turns) throw_endless(run.max_turns);
    step(in, out, turn++, run);
  }
  finish(in, out, turn, run);
}

void BoundNested::start(void* const* in, void* const* out, const PlanRun& run) {
  const size_t fixed = nested_.carried + nested_.sliced, captured = inputs_.size() - fixed;
  std::copy_n(in + fixed, captured, inputs_.begin() + static_cast<std::ptrdiff_t>(fixed));
  if (nested_.second == nullptr) return;
  std::copy_n(in + fixed, captured, condition_inputs_.begin() + static_cast<std::ptrdiff_t>(nested_.carried));
  for (size_t i = 0; i < nested_.stacked; ++i)
    run.stream.fill_zero(out[nested_.carried + i], nested_.bytes[fixed + i] * *nested_.steps);
}

// Turns write to the result and to the second buffer alternately, so that the last of a known number of turns writes the result.
void* BoundNested::carried_after(void* const* out, size_t i, int64_t turn) const {
  const int64_t last = nested_.second == nullptr && nested_.steps ? *nested_.steps - 1 : 0;
  return (last - turn) % 2 == 0 ? out[i] : out[nested_.spare() + i];
}

void* BoundNested::carried_before(void* const* in, void* const* out, size_t i, int64_t turn) const {
  return turn == 0 ? in[i] : carried_after(out, i, turn - 1);
}

bool BoundNested::goes_on(void* const* in, void* const* out, int64_t turn, const PlanRun& run) {
  if (nested_.second == nullptr) return true;
  for (size_t i = 0; i < nested_.carried; ++i) condition_inputs_[i] = carried_before(in, out, i, turn);
  void* const flag = out[nested_.flag()];
  second_->set_ports(condition_inputs_, {&flag, 1});
  second_->run_inside(run);
  return read_condition(flag, run);
}

void BoundNested::step(void* const* in, void* const* out, int64_t turn, const PlanRun& run) {
  const size_t carried = nested_.carried, fixed = carried + nested_.sliced;
  for (size_t i = 0; i < carried; ++i) {
    inputs_[i] = carried_before(in, out, i, turn);
    outputs_[i] = carried_after(out, i, turn);
  }
  for (size_t i = carried; i < fixed; ++i)
    inputs_[i] = bytes_at(in[i], nested_.bytes[i] * (nested_.backwards ? *nested_.steps - 1 - turn : turn));
  for (size_t i = 0; i < nested_.stacked; ++i)
    outputs_[carried + i] = bytes_at(out[carried + i], nested_.bytes[fixed + i] * turn);
  first_.set_ports(inputs_, outputs_);
  first_.run_inside(run);
}

void BoundNested::finish(void* const* in, void* const* out, int64_t turns, const PlanRun& run) {
  for (size_t i = 0; i < nested_.carried; ++i)
    run.stream.copy(out[i], carried_before(in, out, i, turns), nested_.bytes[i]);  // no copy where it is already in place
}

}  // namespace keraunos::host
