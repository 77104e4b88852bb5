// Dot: products of two tensors over one axis of each, sample by sample.
#include <array>

#include "host/graph/extent.h"
#include "loader/files/json.h"
#include "loader/layers/common/arguments.h"

namespace keraunos::loader {

std::vector<LayerDef> dot_layers();

namespace {

// One axis for both tensors, counted in each, or one for each.
std::array<int, 2> axes_of_both(Lowering& l, const std::array<Value, 2>& tensors) {
  const std::vector<int64_t> given = l.config().integers("axes", 2);
  if (given.size() != 2) l.config().fail("axes", "an integer or two");
  std::array<int, 2> axes{};
  for (size_t i = 0; i < 2; ++i) {
    const int rank = l.rank(tensors[i]);
    const int64_t axis = given[i] < 0 ? given[i] + rank : given[i];
    if (axis < 1 || axis >= rank) l.config().fail("axes", "an axis behind the batch of a tensor of rank " + std::to_string(rank));
    axes[i] = static_cast<int>(axis);
  }
  return axes;
}

// Of length 1 along the axis: Keras 2 bounds the square by 1e-12, Keras 3 the inverse by 1e7.
Value of_length_one(Lowering& l, Value x, int axis) {
  const int along[] = {axis};
  const DType type = l.dtype(x);
  const Value square = l.reduce(Reduction::sum, l.unary(Function::square, x), along, true);
  if (l.dialect().before(3, 0))
    return l.multiply(x, l.unary(Function::rsqrt, l.binary(Function::maximum, square, l.scalar(1e-12, type))));
  return l.multiply(x, l.binary(Function::minimum, l.unary(Function::rsqrt, square), l.scalar(1e7, type)));
}

// (batch, the free axes, the axis) or, for the second operand, (batch, the axis, the free axes); free axes are folded.
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

std::vector<Traced> lower_dot(Lowering& l) {
  const std::vector<Traced> inputs = l.inputs();
  if (inputs.size() != 2) l.refuse("takes two tensors, but is called with " + std::to_string(inputs.size()));
  std::array<Value, 2> x{as_computed(l, inputs[0].value), as_computed(l, inputs[1].value)};
  const std::array<int, 2> axes = axes_of_both(l, x);
  const int64_t one = l.dim(x[0], axes[0]).size, other = l.dim(x[1], axes[1]).size;
  if (one != other) l.refuse("multiplies along axes of " + std::to_string(one) + " and " + std::to_string(other) + " elements");
  if (l.config().flag("normalize", false)) {
    for (size_t i = 0; i < 2; ++i) x[i] = of_length_one(l, x[i], axes[i]);
  }
  Shape shape{l.dim(x[0], 0)};
  const Value a = as_matrices(l, x[0], axes[0], true, shape), b = as_matrices(l, x[1], axes[1], false, shape);
  if (shape.size() == 1) shape.push_back(Dim{1});
  return {{l.reshape(l.matmul(a, b), shape), {}}};
}

}  // namespace

std::vector<LayerDef> dot_layers() {
  return {{.classes = {"Dot"}, .keys = {"axes", "normalize"}, .weights = {}, .children = {}, .lower = lower_dot}};
}

}  // namespace keraunos::loader
