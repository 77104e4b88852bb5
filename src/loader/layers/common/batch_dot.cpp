#include "loader/layers/common/batch_dot.h"

#include "host/graph/extent.h"

namespace keraunos::loader {
namespace {

// Reshapes to (batch, the free axes, the axis) or, for the second operand, (batch, the axis, the free axes); free axes are
// folded.
Value as_matrices(Lowering& l, Value x, int axis, bool first, Shape& free) {
  std::vector<int> order{0};
  Shape own;
  for (int i = 1; i < l.rank(x); ++i) {
    if (i != axis) order.push_back(i), own.push_back(l.dim(x, i));
  }
  order.insert(first ? order.end() : order.begin() + 1, axis);
  free.insert(free.end(), own.begin(), own.end());
  const Dim folded = host::product_of(own), summed = l.dim(x, axis);
  return l.reshape(l.transpose(x, order), first ? Shape{l.dim(x, 0), folded, summed} : Shape{l.dim(x, 0), summed, folded});
}

}  // namespace

Value batch_dot(Lowering& l, const std::array<Value, 2>& x, const std::array<int, 2>& axes) {
  const int64_t one = l.dim(x[0], axes[0]).size, other = l.dim(x[1], axes[1]).size;
  if (one != other) l.refuse("multiplies along axes of " + std::to_string(one) + " and " + std::to_string(other) + " elements");
  Shape shape{l.dim(x[0], 0)};
  const Value a = as_matrices(l, x[0], axes[0], true, shape), b = as_matrices(l, x[1], axes[1], false, shape);
  if (shape.size() == 1) shape.push_back(Dim{1});
  return l.reshape(l.matmul(a, b), shape);
}

}  // namespace keraunos::loader
