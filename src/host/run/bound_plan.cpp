#include "host/run/bound_plan.h"

#include "host/run/bound_nested.h"

namespace keraunos::host {

BoundPlan::BoundPlan(const Plan& plan, bool is_nested) : plan_(plan), is_nested_(is_nested) {
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    if (plan.steps[i].nested == nullptr) continue;
    nested_.resize(plan.steps.size());
    nested_[i] = std::make_unique<BoundNested>(*plan.steps[i].nested);
  }
}

BoundPlan::~BoundPlan() = default;

void* BoundPlan::resolve(const Slot& slot) const {
  switch (slot.kind) {
    case Slot::absent:
    case Slot::packed: return nullptr;
    case Slot::arena: return memory_.device + slot.offset;
    case Slot::host_arena: return memory_.host + slot.offset;
    case Slot::state: return memory_.states[static_cast<size_t>(slot.index)];
    case Slot::constant: return const_cast<void*>(slot.pointer);
    case Slot::input: return memory_.device + plan_.inputs[static_cast<size_t>(slot.index)].staging;
    case Slot::output: return memory_.device + plan_.outputs[static_cast<size_t>(slot.index)].staging;
  }
  return nullptr;
}

void BoundPlan::push(const std::vector<Slot>& slots) {
  for (const Slot& slot : slots) {
    if (slot.kind == Slot::input || slot.kind == Slot::output)
      patches_.push_back({pointers_.size(), slot.index, slot.kind == Slot::output});
    pointers_.push_back(resolve(slot));
  }
}

void BoundPlan::bind(const PlanMemory& memory) {
  memory_ = memory;
  pointers_.clear(), bound_.clear(), patches_.clear();
  for (const PlannedStep& step : plan_.steps) {
    Bound bound{.in = pointers_.size(), .in_count = step.in.size()};
    push(step.in);
    bound.out = pointers_.size(), bound.out_count = step.out.size();
    push(step.out);
    bound_.push_back(bound);
  }
  for (size_t i = 0; i < nested_.size(); ++i) {
    if (nested_[i] != nullptr) nested_[i]->bind(pointers_.data() + bound_[i].out, memory_.host != nullptr);
  }
}

void BoundPlan::set_ports(std::span<const void* const> inputs, std::span<void* const> outputs) {
  for (const Patch& patch : patches_) {
    const auto index = static_cast<size_t>(patch.index);
    pointers_[patch.position] = patch.output ? outputs[index] : const_cast<void*>(inputs[index]);
  }
}

int64_t BoundPlan::bytes(const Plan& plan) {
  int64_t total = 0;
  for (const PlannedStep& step : plan.steps)
    total += static_cast<int64_t>(sizeof(Bound) + (step.in.size() + step.out.size()) * (sizeof(void*) + sizeof(Patch)));
  for (const PlannedStep& step : plan.steps) {
    if (step.nested == nullptr) continue;
    total += static_cast<int64_t>(sizeof(BoundNested)) + bytes(*step.nested->first);
    if (step.nested->second != nullptr) total += bytes(*step.nested->second);
  }
  return total;
}

}  // namespace keraunos::host
