// Products as steps, for MatMul and for the convolutions that are products.
#pragma once

#include "kernels/cuda/step.h"
#include "kernels/cuda/walk.h"

namespace keraunos::cuda {

/// Operand 0 is A, operand 1 is B; see host::MatMul.
struct ProductForm {
  int64_t batch = 1, rows = 0, columns = 0, inner = 0;
  bool batch_a = false, batch_b = false;  ///< one matrix for each index of the batch, else one for all
  bool transpose_a = false, transpose_b = false;
  bool full_precision = false;  ///< without TF32
};
StepPointer make_product(const Task& task, const ProductForm& form, const host::Program& epilogue);

/// Uploads a constant in another order: array 0 of the walk is the result, array 1 the tensor. Blocks; for preparation only.
std::shared_ptr<const void> rearranged(const Context& context, const Tensor& tensor, const Walk<2>& walk);

}  // namespace keraunos::cuda
