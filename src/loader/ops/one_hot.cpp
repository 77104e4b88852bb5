// Class numbers as rows of zeros and ones, and elements taken by index along an axis.
#include "loader/ops/one_hot.h"

#include <numeric>

#include "host/graph/extent.h"
#include "loader/layers/common/ids.h"
#include "loader/layers/common/memory.h"

namespace keraunos::loader {
namespace {

std::vector<Value> one_hot(OperationCall& call) {
  const Value ids = call.tensor(0);
  const int64_t classes = call.integer(1, 0);
  const int axis = call.axis(2, call.l.rank(ids) + 1, -1);
  const DType type = call.dtype(3).value_or(DType::float32);
  const Value hot = one_hot_mask(call.l, ids, classes, axis);
  if (!call.has(4) && !call.has(5)) return {call.l.cast(hot, type)};
  return {call.l.select(hot, call.l.cast(call.tensor(4, type), type),
                        call.l.cast(call.has(5) ? call.tensor(5, type) : call.l.scalar(0, type), type))};
}

// True for the classes that occur along axis 1, or along the only axis.
std::vector<Value> multi_hot(OperationCall& call) {
  const Value ids = call.tensor(0);
  if (!call.has(1)) call.l.refuse("is called without a number of classes");
  const Value hot = one_hot_mask(call.l, ids, call.integer(1, 0), call.axis(2, call.l.rank(ids) + 1, -1));
  const int along[] = {call.l.rank(ids) > 1 ? 1 : 0};
  return {call.l.cast(call.l.reduce(Reduction::any, hot, along), call.dtype(3).value_or(DType::float32))};
}

std::vector<Value> take_along_axis(OperationCall& call) {
  Value x = call.tensor(0), ids = call.tensor(1);
  if (call.has(2)) return {taken_along(call.l, x, ids, call.axis(2, call.l.rank(x), 0))};
  if (call.l.rank(ids) != 1)
    call.l.refuse("takes from all elements by indices of rank " + std::to_string(call.l.rank(ids)) + ", expected 1");
  x = call.l.reshape(x, {host::product_of(call.l.shape(x))});
  return {taken_along(call.l, x, ids, 0)};
}

// The common shape of two shapes that differ by axes of one element.
Shape broadcast(Lowering& l, const Shape& a, const Shape& b, int except) {
  Shape both = a;
  for (size_t i = 0; i < a.size(); ++i) {
    if (static_cast<int>(i) == except) continue;
    if (a[i].size != b[i].size && a[i].size != 1 && b[i].size != 1)
      l.refuse("takes from axes of " + std::to_string(a[i].size) + " by indices of " + std::to_string(b[i].size));
    if (a[i].size == 1) both[i] = b[i];
  }
  return both;
}

}  // namespace

Value one_hot_mask(Lowering& l, Value ids, int64_t classes, int axis) {
  if (classes < 0 || classes > Range::kMostExtent) l.refuse("has " + std::to_string(classes) + " classes");
  debit(l, "the numbers of the classes", classes * 8);
  std::vector<int64_t> numbers(static_cast<size_t>(classes));
  std::iota(numbers.begin(), numbers.end(), int64_t{0});
  Shape along(static_cast<size_t>(l.rank(ids) + 1), Dim{1});
  along[static_cast<size_t>(axis)] = Dim{classes};
  const Value wide = l.expand_dims(l.cast(ids, DType::int64), axis);
  return l.binary(Function::equal, wide, l.reshape(l.constant(TensorView(numbers, Dims{classes})), along));
}

// The other axes are folded into one table of rows · extent elements; each row's ids are offset into it.
Value taken_along(Lowering& l, Value x, Value ids, int axis) {
  if (l.rank(ids) != l.rank(x))
    l.refuse("takes from a tensor of rank " + std::to_string(l.rank(x)) + " by indices of rank " + std::to_string(l.rank(ids)));
  const Dim extent = l.dim(x, axis), count = l.dim(ids, axis);
  Shape table = broadcast(l, l.shape(x), l.shape(ids), axis), places = table;
  places[static_cast<size_t>(axis)] = count;
  std::vector<int> order(table.size());
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[static_cast<size_t>(axis)], order.back());
  const Value values = l.transpose(l.broadcast_to(x, table), order);
  const Value wide = l.transpose(l.broadcast_to(l.cast(ids, DType::int64), places), order);
  const Shape found = l.shape(wide);
  Shape rows(found.begin(), found.end() - 1);
  const Dim folded = host::product_of(rows);
  const Value counted = counted_from_end(l, l.reshape(wide, {folded, count}), extent.size);
  const Value least = l.scalar(0, DType::int64), end = l.scalar(static_cast<double>(extent.size), DType::int64);
  const Value inside =
      l.binary(Function::logical_and, l.binary(Function::greater_equal, counted, least), l.binary(Function::less, counted, end));
  std::vector<int64_t> first;
  for (int64_t row = 0; row < folded.size; ++row) first.push_back(host::checked_multiply(row, extent.size));
  const Value starts = l.constant(TensorView(first, Dims{folded.size, 1}));
  const Value moved = l.select(inside, l.add(counted, starts), l.scalar(-1, DType::int64));  // −1, so that the run reports it
  const Dim all[] = {folded, extent};
  const Value taken = l.gather(l.reshape(values, {host::product_of(all)}), moved, 0);
  return l.transpose(l.reshape(taken, found), order);
}

std::vector<Operation> one_hot_operations() {
  return {
      {{"OneHot"},
       {"one_hot"},
       {"x|indices", "num_classes|depth", "axis", "dtype", "on_value", "off_value"},
       one_hot,
       1,
       {"sparse=False"}},
      {{"MultiHot"}, {}, {"inputs", "num_classes|num_tokens", "axis", "dtype"}, multi_hot, 1, {"sparse=False", "kwargs=None"}},
      {{"TakeAlongAxis"}, {}, {"x", "indices", "axis"}, take_along_axis, 2},
  };
}

}  // namespace keraunos::loader
