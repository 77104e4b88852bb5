#include "unit/calls/random_graph.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace keraunos::host {

std::vector<int64_t> RandomGraph::sample() {
  constexpr std::array<int64_t, 8> kSizes{4, 6, 7, 11, 14, 22, 28, 77};
  std::vector<int64_t> sizes{kSizes[static_cast<size_t>(below(8))]};
  if (below(2) == 0) sizes.push_back(1 + below(4));
  return sizes;
}

Shape RandomGraph::shape_of(const std::vector<Extent>& extents) const {
  Shape shape;
  for (const Extent& extent : extents) shape.push_back({extent.of_rows ? extent.count * rows_ : extent.count, extent.of_rows});
  return shape;
}

Value RandomGraph::filled(Builder& b, const std::vector<int64_t>& sizes, bool alike) {
  Tensor tensor(DType::float32, Dims(sizes));
  const int64_t salt = below(100);
  for (int64_t i = 0; i < tensor.dims().elements(); ++i)
    static_cast<float*>(tensor.data())[i] = 0.02f * static_cast<float>(((alike ? 0 : i) * 37 + salt) % 101) - 1;
  return b.constant(std::make_shared<const Tensor>(std::move(tensor)));
}

RandomGraph::Part RandomGraph::reshaped(Builder& b, const Part& x, std::vector<Extent> extents) const {
  return {b.reshape(x.value, shape_of(extents)), std::move(extents)};
}

RandomGraph::Part RandomGraph::reduced(Builder& b, const Part& x, int axis, Reduction kind) const {
  Part result{b.reduce(kind, x.value, {&axis, 1}, true), x.extents};
  result.extents[static_cast<size_t>(axis)] = {1, false};
  return result;
}

// Transposes, reverses or rotates along any axis.
RandomGraph::Part RandomGraph::rearranged(Builder& b, const Part& x) {
  const int axis = axis_of(x), kind = below(4);
  if (kind == 0) return {b.reverse(x.value, axis), x.extents};
  if (kind == 1) {
    const int64_t size = b.dim(x.value, axis).size;
    if (size < 2) return x;
    return {b.concatenate(std::array{b.slice_axis(x.value, axis, 1, size - 1), b.slice_axis(x.value, axis, 0, 1)}, axis),
            x.extents};
  }
  std::vector<int> order(x.extents.size());
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), random_);
  Part result{b.transpose(x.value, order), {}};
  for (int from : order) result.extents.push_back(x.extents[static_cast<size_t>(from)]);
  return result;
}

// Merges two axes, splits one, or reshapes all elements to a fixed leading extent.
RandomGraph::Part RandomGraph::refolded(Builder& b, const Part& x) {
  std::vector<Extent> extents = x.extents;
  const int kind = below(4), axis = axis_of(x);
  const auto at = extents.begin() + axis;
  if (kind == 0 && axis > 0 && !(at->of_rows && (at - 1)->of_rows)) {
    *(at - 1) = {at->count * (at - 1)->count, at->of_rows || (at - 1)->of_rows};
    extents.erase(at);
  } else if (kind == 1) {
    const int64_t count = at->count, part = std::gcd(count, std::array<int64_t, 4>{2, 7, 14, 11}[static_cast<size_t>(below(4))]);
    const Extent rows{count / part, at->of_rows};
    if (below(2) == 0)
      *at = rows, extents.insert(extents.begin() + axis + 1, {part, false});
    else
      *at = {part, false}, extents.insert(extents.begin() + axis + 1, rows);
  } else {
    int64_t count = 1;
    for (const Extent& extent : extents) {
      count *= extent.count;
      if (extent.of_rows && &extent != &*std::find_if(extents.begin(), extents.end(), [](const Extent& e) { return e.of_rows; }))
        return x;
    }
    const bool rows = std::any_of(extents.begin(), extents.end(), [](const Extent& e) { return e.of_rows; });
    const int64_t fixed = std::gcd(count, std::array<int64_t, 4>{7, 14, 77, 16}[static_cast<size_t>(below(4))]);
    extents = {{fixed, false}, {count / fixed, rows}};
  }
  return extents.size() > 5 ? x : reshaped(b, x, std::move(extents));
}

// Joins the value with itself, or with a value that has one axis reduced.
RandomGraph::Part RandomGraph::joined(Builder& b, const Part& x) {
  const int axis = axis_of(x);
  if (below(2) == 0) {
    constexpr std::array kKinds{Reduction::mean, Reduction::maximum, Reduction::minimum};
    return {b.subtract(x.value, reduced(b, x, axis, kKinds[static_cast<size_t>(below(3))]).value), x.extents};
  }
  Part result{b.concatenate(std::array{x.value, b.multiply(x.value, 0.5)}, axis), x.extents};
  result.extents[static_cast<size_t>(axis)].count *= 2;
  return elements_of(shape_of(result.extents)) > 2000 * rows_ ? x : result;
}

// Softmax over any axis, a product with weights, or with itself.
RandomGraph::Part RandomGraph::contracted(Builder& b, const Part& x) {
  const int kind = below(3);
  const Extent last = x.extents.back();
  if (kind == 0 || x.extents.size() < 2) return {b.softmax(x.value, axis_of(x)), x.extents};
  if (kind == 1 && !last.of_rows) {
    const int64_t units = 2 + below(5);
    Part result{b.matmul(x.value, filled(b, {last.count, units}, false)), x.extents};
    result.extents.back() = {units, false};
    return result;
  }
  if (x.extents.size() != 2 || x.extents[0].count * last.count > 200) return x;
  return {b.matmul(b.softmax(b.matmul(x.value, x.value, false, true), 1), x.value), x.extents};
}

// Adds a constant: the same for all rows, one row for each (equal or different), or the number of rows.
RandomGraph::Part RandomGraph::with_constant(Builder& b, const Part& x) {
  const int kind = below(6), axis = axis_of(x);
  if (kind == 0) return {b.multiply(x.value, 1.0 / static_cast<double>(rows_)), x.extents};
  std::vector<int64_t> sizes(x.extents.size(), 1);
  const Extent extent = x.extents[static_cast<size_t>(axis)];
  sizes[static_cast<size_t>(axis)] = extent.of_rows ? extent.count * rows_ : extent.count;
  return {b.add(x.value, filled(b, sizes, kind > 1 && extent.of_rows)), x.extents};
}

RandomGraph::Part RandomGraph::step(Builder& b, const Part& x) {
  switch (below(7)) {
    case 0: return {b.unary(Function::tanh, x.value), x.extents};
    case 1: return rearranged(b, x);
    case 2:
    case 3: return refolded(b, x);
    case 4: return joined(b, x);
    case 5: return contracted(b, x);
    default: return with_constant(b, x);
  }
}

Value RandomGraph::write(Builder& b, Value x) {
  rows_ = b.dim(x, 0).size;
  Part part{x, {{1, true}}};
  for (int axis = 1; axis < b.rank(x); ++axis) part.extents.push_back({b.dim(x, axis).size, false});
  const int steps = 2 + below(5);
  for (int i = 0; i < steps; ++i) part = step(b, part);
  int64_t count = 1;
  for (const Extent& extent : part.extents) count *= extent.count;
  return reshaped(b, part, {{1, true}, {count, false}}).value;
}

}  // namespace keraunos::host
