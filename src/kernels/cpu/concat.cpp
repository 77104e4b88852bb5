#include "host/ops/concat.h"

#include "kernels/cpu/copy_step.h"

namespace keraunos::cpu {

host::Verdict support(const Query&, const host::Concat&) { return {}; }
StepPointer make_step(const Task& task, const host::Concat& op) {
  const Extents to = strides_of(task.out().shape);
  const int64_t element = size_of(task.out().dtype);
  std::vector<CopiedPart> parts;
  int64_t at = 0;
  for (size_t i = 0; i < task.node.in.size(); ++i) {
    const Shape& shape = task.in(i).shape;
    parts.push_back({StridedCopy(extents_of(shape), strides_of(shape), to, element, task.cpu), 0,
                     at * to[static_cast<size_t>(op.axis)] * element});
    at += shape[static_cast<size_t>(op.axis)].size;
  }
  return std::make_unique<CopyStep>(std::move(parts), "concat");
}

}  // namespace keraunos::cpu
