// Products over axes: dot, inner, outer, tensordot, kron, cross, and functions of differences and powers along an axis.
#include <algorithm>
#include <numeric>

#include "host/graph/extent.h"
#include "loader/ops/axes.h"
#include "loader/ops/conversions.h"

namespace keraunos::loader {
namespace {

using PythonNumbers = OperationCall::PythonNumbers;

struct Contraction {
  std::vector<int> of_a, of_b;  // axes that are summed over, in pairs
};

// The free axes in order, then (or before) the summed ones; each group is folded into one axis.
Value as_matrix(OperationCall& call, Value x, const std::vector<int>& summed, bool summed_first, Shape& free) {
  std::vector<int> order;
  for (int axis = 0; axis < call.l.rank(x); ++axis) {
    if (std::find(summed.begin(), summed.end(), axis) == summed.end()) order.push_back(axis), free.push_back(call.l.dim(x, axis));
  }
  order.insert(summed_first ? order.begin() : order.end(), summed.begin(), summed.end());
  Shape inner;
  for (int axis : summed) inner.push_back(call.l.dim(x, axis));
  const Dim outside = host::product_of(std::span<const Dim>(free).last(call.l.shape(x).size() - summed.size())),
            inside = host::product_of(inner);
  return call.l.reshape(call.l.transpose(x, order), summed_first ? Shape{inside, outside} : Shape{outside, inside});
}

Value contracted(OperationCall& call, Value a, Value b, const Contraction& axes) {
  for (size_t i = 0; i < axes.of_a.size(); ++i) {
    const int64_t one = call.l.dim(a, axes.of_a[i]).size, other = call.l.dim(b, axes.of_b[i]).size;
    if (one != other)
      call.l.refuse("sums over axes of " + std::to_string(one) + " and of " + std::to_string(other) + " elements");
  }
  Shape free;
  const Value left = as_matrix(call, a, axes.of_a, false, free), right = as_matrix(call, b, axes.of_b, true, free);
  return call.l.reshape(call.l.matmul(left, right), free);
}

// Keras multiplies integers in float32 and casts the result back.
template <class Body>
Value in_floats(OperationCall& call, const Body& body) {
  const auto [a, b] = call.operands(0, 1, PythonNumbers::strong);
  const DType type = call.l.dtype(a), computed = is_floating(type) ? type : DType::float32;
  return call.l.cast(body(call.l.cast(a, computed), call.l.cast(b, computed)), type);
}

// NumPy's dot: sums over the last axis of a and the last but one of b, or its only axis.
std::vector<Value> dot(OperationCall& call) {
  return {in_floats(call, [&](Value a, Value b) {
    const int rank_a = call.l.rank(a), rank_b = call.l.rank(b);
    if (rank_a == 0 || rank_b == 0) return call.l.multiply(a, b);
    return contracted(call, a, b, {{rank_a - 1}, {rank_b == 1 ? 0 : rank_b - 2}});
  })};
}

std::vector<Value> inner(OperationCall& call) {
  return {in_floats(call, [&](Value a, Value b) {
    const int rank_a = call.l.rank(a), rank_b = call.l.rank(b);
    if (rank_a == 0 || rank_b == 0) return call.l.multiply(a, b);
    return contracted(call, a, b, {{rank_a - 1}, {rank_b - 1}});
  })};
}

std::vector<Value> vdot(OperationCall& call) {
  return {in_floats(call, [&](Value a, Value b) {
    return contracted(call, flattened(call, a), flattened(call, b), {{0}, {0}});
  })};
}

std::vector<Value> outer(OperationCall& call) {
  const auto [a, b] = call.operands(0, 1, PythonNumbers::strong);
  return {call.l.multiply(call.l.expand_dims(flattened(call, a), 1), flattened(call, b))};
}

std::vector<int> axes_in(OperationCall& call, const Arg& argument, Value x) {
  std::vector<int> axes;
  const auto put = [&](const Arg& item) {
    const auto axis = known_integer(call.l, item);
    const int rank = call.l.rank(x);
    if (!axis || *axis < -rank || *axis >= rank)
      call.l.refuse("names an axis that a tensor of rank " + std::to_string(rank) + " has not");
    axes.push_back(static_cast<int>(*axis < 0 ? *axis + rank : *axis));
  };
  if (argument.list() == nullptr)
    put(argument);
  else
    for (const Arg& item : *argument.list()) put(item);
  return axes;
}

// A number n: the last n axes of a and the first n of b. A pair: the axes of each.
Contraction contraction_of(OperationCall& call, Value a, Value b) {
  const Arg* given = call.find(2);
  const Arg::List* pair = given == nullptr ? nullptr : given->list();
  if (pair != nullptr && pair->size() == 2) {
    Contraction axes{axes_in(call, (*pair)[0], a), axes_in(call, (*pair)[1], b)};
    if (axes.of_a.size() == axes.of_b.size()) return axes;
  }
  if (pair != nullptr) call.l.refuse("needs as many axes of one tensor as of the other");
  const int64_t count = call.integer(2, 2);
  if (count < 0 || count > std::min(call.l.rank(a), call.l.rank(b)))
    call.l.refuse("sums over " + std::to_string(count) + " axes, which a tensor has not");
  Contraction axes;
  for (int i = 0; i < count; ++i) axes.of_a.push_back(call.l.rank(a) - static_cast<int>(count) + i), axes.of_b.push_back(i);
  return axes;
}

std::vector<Value> tensordot(OperationCall& call) {
  return {in_floats(call, [&](Value a, Value b) { return contracted(call, a, b, contraction_of(call, a, b)); })};
}

// For tensors of so many axes that twice as many are too many: a is repeated and b is tiled, one axis after the other.
Value kron_by_axes(OperationCall& call, Value a, Value b) {
  const Shape of_a = call.l.shape(a), of_b = call.l.shape(b);
  for (int axis = 0; axis < static_cast<int>(of_a.size()); ++axis) {
    const Dim one = of_a[static_cast<size_t>(axis)], other = of_b[static_cast<size_t>(axis)], both[] = {one, other};
    const auto spread = [&](Value x, int at, Dim count) {
      Shape wide = call.l.shape(x), folded = wide;
      wide.insert(wide.begin() + at, count);
      folded[static_cast<size_t>(axis)] = host::product_of(both);
      return call.l.reshape(call.l.broadcast_to(call.l.expand_dims(x, at), wide), folded);
    };
    a = spread(a, axis + 1, other), b = spread(b, axis, one);
  }
  return call.l.multiply(a, b);
}

// Each element of a times all of b, axis by axis.
std::vector<Value> kron(OperationCall& call) {
  auto [a, b] = call.operands(0, 1, PythonNumbers::strong);
  while (call.l.rank(a) < call.l.rank(b)) a = call.l.expand_dims(a, 0);
  while (call.l.rank(b) < call.l.rank(a)) b = call.l.expand_dims(b, 0);
  if (call.l.rank(a) * 2 > Dims::kMaxRank) return {kron_by_axes(call, a, b)};
  Shape of_a, of_b, whole;
  for (int axis = 0; axis < call.l.rank(a); ++axis) {
    const Dim one = call.l.dim(a, axis), other = call.l.dim(b, axis);
    of_a.insert(of_a.end(), {one, Dim{1}}), of_b.insert(of_b.end(), {Dim{1}, other});
    const Dim both[] = {one, other};
    whole.push_back(host::product_of(both));
  }
  return {call.l.reshape(call.l.multiply(call.l.reshape(a, of_a), call.l.reshape(b, of_b)), whole)};
}

// Vectors of two or three elements along an axis; the third element of two is zero.
std::vector<Value> cross(OperationCall& call) {
  auto [a, b] = call.operands(0, 1, PythonNumbers::strong);
  const auto axis_at = [&](size_t parameter, int rank) {
    const int own = call.axis(parameter, rank, -1);
    return call.has(5) ? call.axis(5, rank, -1) : own;
  };
  const auto last = [&](Value x, size_t parameter) {
    const int from[] = {axis_at(parameter, call.l.rank(x))}, to[] = {call.l.rank(x) - 1};
    return moved(call, x, from, to);
  };
  a = last(a, 2), b = last(b, 3);
  const int64_t of_a = call.l.dim(a, -1).size, of_b = call.l.dim(b, -1).size;
  if (of_a < 2 || of_a > 3 || of_b < 2 || of_b > 3)
    call.l.refuse("multiplies vectors of " + std::to_string(of_a) + " and " + std::to_string(of_b) +
                  " elements; expected 2 or 3");
  const auto part = [&](Value x, int64_t count, int64_t i) {
    return i < count ? call.l.slice_axis(x, -1, i, 1) : call.l.multiply(call.l.slice_axis(x, -1, 0, 1), 0.0);
  };
  const auto minor = [&](int64_t i, int64_t j) {
    return call.l.subtract(call.l.multiply(part(a, of_a, i), part(b, of_b, j)),
                           call.l.multiply(part(a, of_a, j), part(b, of_b, i)));
  };
  const int rank = call.l.rank(a), place = axis_at(4, rank);
  if (of_a == 2 && of_b == 2) return {call.l.squeeze(minor(0, 1), -1)};
  const Value parts[] = {minor(1, 2), minor(2, 0), minor(0, 1)};
  const int from[] = {rank - 1}, to[] = {place};
  return {moved(call, call.l.concatenate(parts, rank - 1), from, to)};
}

Value difference(OperationCall& call, Value x, int axis) {
  const int64_t extent = call.l.dim(x, axis).size, count = std::max<int64_t>(extent - 1, 0);
  const Value after = call.l.slice_axis(x, axis, extent - count, count), before = call.l.slice_axis(x, axis, 0, count);
  return call.l.dtype(x) == DType::boolean ? call.l.binary(Function::not_equal, after, before) : call.l.subtract(after, before);
}

std::vector<Value> diff(OperationCall& call) {
  Value x = call.tensor(0);
  const int64_t order = call.integer(1, 1);
  const int axis = call.axis(2, call.l.rank(x), -1);
  if (order < 0 || order > kMostPieces) call.l.refuse("takes differences of order " + std::to_string(order));
  for (int64_t i = 0; i < order && call.l.dim(x, axis).size > 0; ++i) x = difference(call, x, axis);
  return {x};
}

// The trapezoidal rule; distances are numbers, or differences of coordinates.
std::vector<Value> trapezoid(OperationCall& call) {
  Value y = call.tensor(0);
  if (!is_floating(call.l.dtype(y))) y = call.l.cast(y, DType::float32);
  const auto at_end = [&](Value v) {
    const int from[] = {call.axis(3, call.l.rank(v), -1)}, to[] = {call.l.rank(v) - 1};
    return moved(call, v, from, to);
  };
  y = at_end(y);
  const int64_t extent = call.l.dim(y, -1).size, count = std::max<int64_t>(extent - 1, 0);
  const Value sum = call.l.add(call.l.slice_axis(y, -1, extent - count, count), call.l.slice_axis(y, -1, 0, count));
  const double dx = call.number(2, 1);
  Value steps = call.l.scalar(dx, call.l.dtype(y));
  if (call.has(1)) {
    const Value places = call.l.cast(call.tensor(1, call.l.dtype(y)), call.l.dtype(y));
    steps = difference(call, at_end(places), call.l.rank(places) - 1);
  }
  const int last[] = {call.l.rank(y) - 1};
  return {call.l.reduce(Reduction::sum, call.l.multiply(call.l.multiply(sum, 0.5), steps), last)};
}

// Powers of each element in a row; those of integers are computed in float32.
std::vector<Value> vander(OperationCall& call) {
  const Value x = call.tensor(0);
  const DType type = call.l.dtype(x), computed = is_floating(type) && size_of(type) > 2 ? type : DType::float32;
  const int64_t count = call.integer(1, call.l.dim(x, 0).size);
  const bool increasing = call.flag(2, false);
  if (count < 0 || count > kMostPieces) call.l.refuse("takes " + std::to_string(count) + " powers");
  std::vector<float> powers;
  for (int64_t i = 0; i < count; ++i) powers.push_back(static_cast<float>(increasing ? i : count - 1 - i));
  const Value exponents = call.l.cast(call.l.constant(TensorView(powers, Dims{count})), computed);
  const Value wide = call.l.expand_dims(call.l.cast(x, computed), -1);
  return {call.l.cast(call.l.binary(Function::power, wide, exponents), type)};
}

}  // namespace

std::vector<Operation> products_operations() {
  return {
      {{"Dot"}, {}, {"x1", "x2"}, dot, 2},
      {{"Inner"}, {}, {"x1", "x2"}, inner, 2},
      {{"Vdot"}, {}, {"x1", "x2"}, vdot, 2},
      {{"Outer"}, {}, {"x1", "x2"}, outer, 2},
      {{"Tensordot"}, {"tensordot"}, {"x1|a", "x2|b", "axes"}, tensordot, 2},
      {{"Kron"}, {}, {"x1", "x2"}, kron, 2},
      {{"Cross"}, {}, {"x1", "x2", "axisa", "axisb", "axisc", "axis"}, cross, 2},
      {{"Diff"}, {}, {"a", "n", "axis"}, diff},
      {{"Trapezoid"}, {}, {"y", "x", "dx", "axis"}, trapezoid},
      {{"Vander"}, {}, {"x", "N", "increasing"}, vander},
  };
}

}  // namespace keraunos::loader
