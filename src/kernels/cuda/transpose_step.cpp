#include "host/ops/transpose.h"
#include "kernels/cuda/copy_step.h"

namespace keraunos::cuda {

host::Verdict support(const Query& query, const host::Transpose&) { return up_to_eight_axes(query.in(0)); }
StepPointer make_step(const Task& task, const host::Transpose& op) {
  const std::vector<int64_t> from = strides_of(task.in(0).shape), to = strides_of(task.out().shape);
  Walk<2> walk;
  for (size_t i = 0; i < to.size(); ++i)
    walk.add_axis(task.out().shape[i].size, {to[i], from[static_cast<size_t>(op.permutation[i])]});
  return std::make_unique<CopyStep>(task, walk, 0, "transpose");
}

}  // namespace keraunos::cuda
