#include "host/ops/transpose.h"

#include "kernels/cpu/copy_step.h"

namespace keraunos::cpu {

host::Verdict support(const Query&, const host::Transpose&) { return {}; }
StepPointer make_step(const Task& task, const host::Transpose& op) {
  const Extents own = strides_of(task.in(0).shape);
  Extents from;
  for (const int axis : op.permutation) from.push_back(own[static_cast<size_t>(axis)]);
  StridedCopy copy(extents_of(task.out().shape), from, strides_of(task.out().shape), size_of(task.out().dtype), task.cpu);
  return std::make_unique<CopyStep>(std::move(copy), 0, "transpose");
}

}  // namespace keraunos::cpu
