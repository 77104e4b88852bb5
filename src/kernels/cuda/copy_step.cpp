#include "kernels/cuda/copy_step.h"

namespace keraunos::cuda {

std::vector<int64_t> strides_of(const Shape& shape) {
  std::vector<int64_t> strides(shape.size(), 1);
  for (size_t i = shape.size(); i-- > 1;) strides[i - 1] = strides[i] * shape[i].size;
  return strides;
}

CopyStep::CopyStep(const Task& task, const Walk<2>& walk, int64_t offset, const char* name)
    : Step(task.context), walk_(walk), bytes_(element_bytes(task.out())), offset_(offset * bytes_) {
  kernel = name;
}

void CopyStep::run(const host::Operands& operands, cudaStream_t stream) const {
  launch_copy(walk_, bytes_, operands.out[0], static_cast<const std::byte*>(operands.in[0]) + offset_, launch_context(), stream);
}

}  // namespace keraunos::cuda
