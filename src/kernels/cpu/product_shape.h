// The extents of a MatMul node: B independent products of (m, k) by (k, n).
#pragma once

#include <vector>

#include "kernels/cpu/steps.h"

namespace keraunos::cpu {

struct ProductShape {
  int64_t batch, m, n, k;
};

inline ProductShape product_shape(const Task& task, const host::MatMul& op) {
  const Shape& a = task.in(0).shape;
  const Shape& result = task.out().shape;
  const size_t rank = a.size();
  const int64_t k = a[op.transpose_a ? rank - 2 : rank - 1].size;
  return {.batch = rank == 3 ? a[0].size : 1, .m = result[rank - 2].size, .n = result[rank - 1].size, .k = k};
}

/// Shapes of the epilogue's operands, which follow the first two.
inline std::vector<Shape> epilogue_shapes(const Task& task) {
  std::vector<Shape> shapes;
  for (size_t i = 2; i < task.node.in.size(); ++i) shapes.push_back(task.in(i).shape);
  return shapes;
}

/// Products of floating operands 0 and 1 of any rank: their memory is `shape.batch` matrices each.
StepPointer make_product(const Task& task, const ProductShape& shape, bool transpose_a, bool transpose_b,
                         const host::Program& epilogue);
/// Null where it does not support the product: it needs one row and many constant weights in float32 or float64, not transposed.
StepPointer make_row_product(const Task& task, const ProductShape& shape, bool transpose_b, const host::Program& epilogue);
/// For integer operands.
StepPointer make_integer_matmul(const Task& task, const host::MatMul& op);

}  // namespace keraunos::cpu
