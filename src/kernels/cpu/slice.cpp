#include "host/ops/slice.h"

#include "kernels/cpu/copy_step.h"

namespace keraunos::cpu {

host::Verdict support(const Query&, const host::Slice&) { return {}; }
StepPointer make_step(const Task& task, const host::Slice& op) {
  Extents from = strides_of(task.in(0).shape);
  int64_t first = 0;
  for (size_t axis = 0; axis < from.size(); ++axis) {
    first += op.start[axis] * from[axis];
    from[axis] *= op.step[axis];
  }
  const int64_t element = size_of(task.out().dtype);
  if (host::elements_of(task.out().shape) == 0) first = 0;
  StridedCopy copy(extents_of(task.out().shape), from, strides_of(task.out().shape), element, task.cpu);
  return std::make_unique<CopyStep>(std::move(copy), first * element, "slice");
}

}  // namespace keraunos::cpu
