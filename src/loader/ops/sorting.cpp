// Sorting, indices of sorted elements, and the largest elements.
#include "loader/ops/sorting.h"

#include <algorithm>
#include <numeric>

#include "loader/ops/conversions.h"
#include "loader/ops/one_hot.h"

namespace keraunos::loader {
namespace {

using host::Sort;

// TensorFlow does not sort booleans; Keras 3 sorts them as integers.
void refuse_to_sort_booleans(OperationCall& call, Value x) {
  if (call.l.dtype(x) == DType::boolean) call.l.refuse("sorts booleans, which TensorFlow does not do either");
}

bool descends(OperationCall& call, size_t parameter) {
  const std::string direction = call.text(parameter).value_or("ASCENDING");
  if (direction != "ASCENDING" && direction != "DESCENDING")
    call.l.refuse("sorts in the direction \"" + direction + "\"; expected \"ASCENDING\" or \"DESCENDING\"");
  return direction == "DESCENDING";
}

// keras.ops without an axis: all elements of all rows are one row.
Value ordered(OperationCall& call, Value x, const Sort& op) {
  if (call.is_none(1)) return sorted_along(call.l, flattened(call, x), 0, op)[0];
  return sorted_along(call.l, x, call.axis(1, call.l.rank(x), -1), op)[0];
}

std::vector<Value> sort(OperationCall& call) {
  const Value x = call.tensor(0);
  if (!call.is_keras3()) refuse_to_sort_booleans(call, x);
  return {ordered(call, x, {.results = Sort::values, .descending = descends(call, 2)})};
}

std::vector<Value> argsort(OperationCall& call) {
  const Value x = call.tensor(0);
  if (!call.is_keras3()) refuse_to_sort_booleans(call, x);
  if (call.l.rank(x) == 0 && call.is_keras3()) return {call.l.reshape(call.l.scalar(0, DType::int32), {Dim{1}})};
  return {ordered(call, x, {.results = Sort::places, .descending = descends(call, 2)})};
}

// The largest elements are sorted even if the file does not ask for it.
std::vector<Value> top_k(OperationCall& call) {
  const Value x = call.tensor(0);
  refuse_to_sort_booleans(call, x);
  if (call.l.rank(x) == 0) call.l.refuse("takes the largest elements of a tensor of rank 0");
  const int64_t k = call.integer(1, 1), extent = call.l.dim(x, -1).size;
  if (k < 0 || k > extent)
    call.l.refuse("takes the " + std::to_string(k) + " largest of " + std::to_string(extent) + " elements");
  static_cast<void>(call.flag(2, true));
  const auto found = sorted_along(call.l, x, call.l.rank(x) - 1, {.results = Sort::both, .descending = true, .first = k});
  return {found[0], call.l.cast(found[1], call.dtype(3).value_or(DType::int32))};
}

// Extends a mask of x's rank to x's extents with false. For a tensor of several axes Keras's mask has no batch axis, but the k
// smallest along the axis before the last, and is applied to x as if it had.
Value laid_over(OperationCall& call, Value mask, Value x) {
  std::vector<int64_t> none(call.l.shape(x).size(), 0), missing = none;
  for (size_t axis = 0; axis < missing.size(); ++axis) {
    const int64_t have = call.l.shape(mask)[axis].size, want = call.l.shape(x)[axis].size;
    if (have > want)
      call.l.refuse("marks " + std::to_string(have) + " elements along axis " + std::to_string(axis) + " of " +
                    call.l.dims(x).to_string() + ", which Keras on TensorFlow does not compute either");
    missing[axis] = want - have;
  }
  return call.l.pad(mask, none, missing, 0);
}

// As Keras with TensorFlow computes it, in int32: the smallest k + 1 elements, then the largest of the rest, with zeros in place
// of the smallest.
std::vector<Value> argpartition(OperationCall& call) {
  Value x = call.l.cast(call.tensor(0), DType::int32);
  const bool flat = call.is_none(2);
  if (flat) x = flattened(call, x);
  if (call.l.rank(x) == 0) call.l.refuse("partitions a tensor of rank 0");
  const int last = call.l.rank(x) - 1, axis = flat ? 0 : call.axis(2, call.l.rank(x), -1);
  std::vector<int> order(static_cast<size_t>(last) + 1);
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[static_cast<size_t>(axis)], order[static_cast<size_t>(last)]);
  x = call.l.transpose(x, order);
  const int64_t extent = call.l.dim(x, -1).size;
  if (extent == 0) call.l.refuse("partitions an axis without elements");
  const int64_t k = std::clamp<int64_t>(call.integer(1, 0), 0, extent - 1);
  Sort largest{.results = Sort::places, .descending = true, .first = k + 1};
  const Value smallest = sorted_along(call.l, call.l.unary(Function::negate, x), last, largest)[0];
  const int leading[] = {0};
  const Value taken = call.l.reduce(Reduction::any, one_hot_mask(call.l, smallest, extent, last + 1), leading);
  const Value rest = call.l.select(laid_over(call, taken, x), call.l.scalar(0, DType::int32), x);
  largest.first = extent - k - 1;
  const Value parts[] = {smallest, sorted_along(call.l, rest, last, largest)[0]};
  return {call.l.transpose(call.l.concatenate(parts, last), order)};
}

}  // namespace

std::vector<Value> sorted_along(Builder& b, Value x, int axis, const host::Sort& op) {
  std::vector<int> order(static_cast<size_t>(b.rank(x)));
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[static_cast<size_t>(axis)], order.back());
  std::vector<Value> results = host::graph_of(b).add(op, {b.transpose(x, order)});
  for (Value& result : results) result = b.transpose(result, order);
  return results;
}

std::vector<Operation> sorting_operations() {
  return {
      {{"Sort"}, {"sort"}, {"x|values", "axis", "direction"}, sort},
      {{"Argsort"}, {"argsort"}, {"x|values", "axis", "direction"}, argsort, 1, {"stable=*"}},
      {{"TopK"}, {"math.top_k"}, {"x|input", "k", "sorted", "index_type"}, top_k},
      {{"Argpartition"}, {}, {"x", "kth", "axis"}, argpartition},
  };
}

}  // namespace keraunos::loader
