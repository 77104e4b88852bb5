#include "host/plan/plan.h"

#include <algorithm>

#include "host/plan/nested.h"

namespace keraunos::host {
namespace {

constexpr double kMostLaunches = 1e15;  // larger numbers make no difference

int64_t bytes_of_nested(const NestedPlans& nested) {
  return static_cast<int64_t>(sizeof(NestedPlans)) + nested.first->bytes() + (nested.second ? nested.second->bytes() : 0);
}

template <class List>
int64_t heap_of(const List& list) {
  return static_cast<int64_t>(list.capacity() * sizeof(list[0]));
}

}  // namespace

TensorType type_of(const ValueInfo& info) { return {info.dtype, dims_of(info.shape)}; }

int64_t bytes_of(const TensorType& type) { return type.dims.elements() * size_of(type.dtype); }

int64_t Plan::nested_launches() const {
  double total = 0;
  for (const PlannedStep& step : steps) {
    if (step.nested == nullptr) continue;
    const auto first = static_cast<double>(step.nested->first->launches());
    const auto second = step.nested->second ? static_cast<double>(step.nested->second->launches()) : 0;
    total +=
        step.nested->is_loop ? static_cast<double>(step.nested->steps.value_or(1)) * (first + second) : std::max(first, second);
  }
  return static_cast<int64_t>(std::min(total, kMostLaunches));
}

int64_t Plan::launches() const {
  int64_t total = nested_launches();
  for (const PlannedStep& step : steps) total += step.step ? step.step->launches : 0;
  return total;
}

int64_t Plan::bytes() const {
  int64_t total = static_cast<int64_t>(sizeof(Plan)) + heap_of(steps) + heap_of(inputs) + heap_of(outputs) + heap_of(constants) +
                  heap_of(notes);
  for (const PlanNote& note : notes) total += heap_of(note.layer) + heap_of(note.text);
  for (const PlannedStep& step : steps) {
    total += step_bytes + heap_of(step.in) + heap_of(step.out) + heap_of(step.in_types) + heap_of(step.out_types) +
             heap_of(step.text) + heap_of(step.origin) + heap_of(step.verdict.reason);
    if (step.nested != nullptr) total += bytes_of_nested(*step.nested);
  }
  return total;
}

}  // namespace keraunos::host
