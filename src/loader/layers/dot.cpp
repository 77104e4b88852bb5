// Dot: products of two tensors over one axis of each, sample by sample.
#include <array>

#include "loader/files/json.h"
#include "loader/layers/common/arguments.h"
#include "loader/layers/common/batch_dot.h"

namespace keraunos::loader {

std::vector<LayerDef> dot_layers();

namespace {

// One axis for both tensors, counted in each, or one axis for each.
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

// Scaled to length 1 along the axis: Keras 2 bounds the square by 1e-12, Keras 3 the inverse by 1e7.
Value of_length_one(Lowering& l, Value x, int axis) {
  const int along[] = {axis};
  const DType type = l.dtype(x);
  const Value square = l.reduce(Reduction::sum, l.unary(Function::square, x), along, true);
  if (l.dialect().before(3, 0))
    return l.multiply(x, l.unary(Function::rsqrt, l.binary(Function::maximum, square, l.scalar(1e-12, type))));
  return l.multiply(x, l.binary(Function::minimum, l.unary(Function::rsqrt, square), l.scalar(1e7, type)));
}

std::vector<Traced> lower_dot(Lowering& l) {
  const std::vector<Traced> inputs = l.inputs();
  if (inputs.size() != 2) l.refuse("takes two tensors, but is called with " + std::to_string(inputs.size()));
  std::array<Value, 2> x{as_computed(l, inputs[0].value), as_computed(l, inputs[1].value)};
  const std::array<int, 2> axes = axes_of_both(l, x);
  if (l.config().flag("normalize", false)) {
    for (size_t i = 0; i < 2; ++i) x[i] = of_length_one(l, x[i], axes[i]);
  }
  return {{batch_dot(l, x, axes), {}}};
}

}  // namespace

std::vector<LayerDef> dot_layers() {
  return {{.classes = {"Dot"}, .keys = {"axes", "normalize"}, .weights = {}, .children = {}, .lower = lower_dot}};
}

}  // namespace keraunos::loader
