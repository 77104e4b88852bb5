#include "host/plan/plan.h"

namespace keraunos::host {
namespace {

template <class List>
int64_t heap_of(const List& list) {
  return static_cast<int64_t>(list.capacity() * sizeof(list[0]));
}

}  // namespace

TensorType type_of(const ValueInfo& info) { return {info.dtype, dims_of(info.shape)}; }

int64_t bytes_of(const TensorType& type) { return type.dims.elements() * size_of(type.dtype); }

int Plan::launches() const {
  int total = 0;
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
  }
  return total;
}

}  // namespace keraunos::host
