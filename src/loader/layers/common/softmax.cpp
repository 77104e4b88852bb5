#include "loader/layers/common/softmax.h"

#include <algorithm>
#include <vector>

#include "host/graph/extent.h"

namespace keraunos::loader {
namespace {

// The axes are transposed to the end and folded into one, so that one softmax covers all of them.
Value softmax_over(Lowering& l, Value x, std::span<const int> axes) {
  if (axes.size() == 1) return l.softmax(x, axes[0]);
  std::vector<int> order;
  for (int axis = 0; axis < l.rank(x); ++axis) {
    if (std::find(axes.begin(), axes.end(), axis) == axes.end()) order.push_back(axis);
  }
  const size_t kept = order.size();
  order.insert(order.end(), axes.begin(), axes.end());
  const Value moved = l.transpose(x, order);
  const Shape whole = l.shape(moved);
  Shape folded(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(kept));
  folded.push_back(host::product_of(std::span(whole).subspan(kept)));
  const Value y = l.reshape(l.softmax(l.reshape(moved, folded), -1), whole);
  std::vector<int> back(order.size());
  for (size_t i = 0; i < order.size(); ++i) back[static_cast<size_t>(order[i])] = static_cast<int>(i);
  return l.transpose(y, back);
}

// −1e9; for half precision a number that it can represent: in Keras 2 the lowest half, in Keras 3 −3e4.
double large_negative(const Lowering& l, DType type) {
  if (type != DType::float16) return -1e9;
  return l.dialect().before(3, 0) ? -65504.0 : -3e4;
}

}  // namespace

Value with_masked_scores(Lowering& l, Value x, Value mask, double large) { return l.select(mask, x, l.add(x, -large)); }

Value masked_softmax(Lowering& l, Value x, Value mask, std::span<const int> axes) {
  if (!mask) return softmax_over(l, x, axes);
  const double low = large_negative(l, l.dtype(x));
  if (l.dtype(mask) != DType::boolean && l.dialect().before(3, 13)) {  // a number m adds (1 − m)·low
    const Value masked = l.subtract(l.scalar(1, l.dtype(x)), l.cast(mask, l.dtype(x)));
    const Value y = softmax_over(l, l.add(x, l.multiply(masked, low)), axes);
    return l.dialect().before(3, 10) ? y : l.multiply(y, l.cast(mask, l.dtype(x)));
  }
  if (l.dtype(mask) != DType::boolean)
    mask = l.binary(Function::greater, mask, l.cast(l.scalar(0.5, DType::float32), l.dtype(mask)));
  if (l.dialect().before(3, 10)) return softmax_over(l, with_masked_scores(l, x, mask, -low), axes);
  const Value y = softmax_over(l, l.select(mask, x, l.scalar(low, l.dtype(x))), axes);
  return l.select(mask, y, l.scalar(0, l.dtype(x)));
}

}  // namespace keraunos::loader
