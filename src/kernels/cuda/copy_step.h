// A step that copies one strided view, for Transpose and Slice.
#pragma once

#include <vector>

#include "kernels/cuda/copy.h"
#include "kernels/cuda/step.h"

namespace keraunos::cuda {

/// Row-major strides in elements.
std::vector<int64_t> strides_of(const Shape& shape);

inline int element_bytes(const host::ValueInfo& info) { return static_cast<int>(size_of(info.dtype)); }

/// Walks over the dense result, and over the operand from an offset, in elements.
class CopyStep final : public Step {
 public:
  CopyStep(const Task& task, const Walk<2>& walk, int64_t offset, const char* name);

 private:
  void run(const host::Operands& operands, cudaStream_t stream) const override;

  Walk<2> walk_;
  int bytes_;
  int64_t offset_;  // bytes
};

}  // namespace keraunos::cuda
