// Operations that move elements: exchanged axes, rolls, rotations.
#include <algorithm>
#include <numeric>

#include "host/graph/extent.h"
#include "loader/ops/axes.h"
#include "loader/ops/operation.h"

namespace keraunos::loader {
namespace {

std::vector<Value> moveaxis(OperationCall& call) {
  const Value x = call.tensor(0);
  const int rank = call.l.rank(x);
  if (!call.has(1) || !call.has(2)) call.l.refuse("is called without axes");
  const std::vector<int> from = call.ordered_axes(1, rank), to = call.ordered_axes(2, rank);
  if (from.size() != to.size())
    call.l.refuse("moves " + std::to_string(from.size()) + " axes to " + std::to_string(to.size()) + " places");
  return {moved(call, x, from, to)};
}

// Elements that leave at one end of the axis enter at the other.
Value rolled(OperationCall& call, Value x, int axis, int64_t shift) {
  const int64_t extent = call.l.dim(x, axis).size;
  if (extent == 0) return x;
  const int64_t start = extent - ((shift % extent) + extent) % extent;
  if (start == extent) return x;
  const Value parts[] = {call.l.slice_axis(x, axis, start, extent - start), call.l.slice_axis(x, axis, 0, start)};
  return call.l.concatenate(parts, axis);
}

// Without an axis all elements of all rows are one row.
std::vector<Value> roll(OperationCall& call) {
  Value x = call.tensor(0);
  const auto shifts = call.integers(1);
  if (!shifts || shifts->empty()) call.l.refuse("is called without a shift");
  if (!call.has(2)) {
    const Shape shape = call.l.shape(x);
    x = rolled(call, call.l.reshape(x, {host::product_of(shape)}), 0,
               std::accumulate(shifts->begin(), shifts->end(), int64_t{0}));
    return {call.l.reshape(x, shape)};
  }
  const std::vector<int> axes = call.ordered_axes(2, call.l.rank(x));
  if (shifts->size() != axes.size() && shifts->size() != 1)
    call.l.refuse("rolls " + std::to_string(axes.size()) + " axes by " + std::to_string(shifts->size()) + " shifts");
  for (size_t i = 0; i < axes.size(); ++i) x = rolled(call, x, axes[i], (*shifts)[shifts->size() == 1 ? 0 : i]);
  return {x};
}

// A quarter turn of the last two axes.
Value turned(OperationCall& call, Value x) {
  std::vector<int> order(static_cast<size_t>(call.l.rank(x)));
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[order.size() - 1], order[order.size() - 2]);
  return call.l.transpose(call.l.reverse(x, call.l.rank(x) - 1), order);
}

// From the first axis of the plane towards the second. Half a turn is computed as in Keras with TensorFlow: between its two
// quarter turns the elements are read again as rows of the first length, which differs for unequal axes.
std::vector<Value> rot90(OperationCall& call) {
  const Value x = call.tensor(0);
  const int rank = call.l.rank(x);
  const int64_t turns = ((call.integer(1, 1) % 4) + 4) % 4;
  const std::vector<int> plane = call.has(2) ? call.ordered_axes(2, rank) : std::vector<int>{0, 1};
  if (rank < 2) call.l.refuse("rotates a tensor of rank " + std::to_string(rank));
  if (plane.size() != 2 || plane[0] == plane[1])
    call.l.refuse("rotates in a plane of two equal axes; expected two different axes");
  if (turns == 0) return {x};
  const int end[] = {rank - 2, rank - 1};
  Value y = moved(call, x, plane, end);
  const Shape before = call.l.shape(y);
  y = turned(call, y);
  if (turns == 2) y = call.l.reshape(turned(call, call.l.reshape(y, before)), before);
  if (turns == 3) y = turned(call, turned(call, y));
  return {moved(call, y, end, plane)};
}

Operation flipped(const char* name, int axis) {
  const auto body = [axis](OperationCall& call) -> std::vector<Value> {
    const Value x = call.tensor(0);
    if (call.l.rank(x) <= axis)
      call.l.refuse("flips axis " + std::to_string(axis) + " of a tensor of rank " + std::to_string(call.l.rank(x)));
    return {call.l.reverse(x, axis)};
  };
  return {{name}, {}, {"x"}, body};
}

}  // namespace

Value moved(OperationCall& call, Value x, std::span<const int> from, std::span<const int> to) {
  std::vector<int> order;
  for (int axis = 0; axis < call.l.rank(x); ++axis) {
    if (std::find(from.begin(), from.end(), axis) == from.end()) order.push_back(axis);
  }
  std::vector<std::pair<int, int>> places;
  for (size_t i = 0; i < from.size(); ++i) places.emplace_back(to[i], from[i]);
  std::sort(places.begin(), places.end());
  for (const auto& [place, axis] : places) order.insert(order.begin() + place, axis);
  return call.l.transpose(x, order);
}

std::vector<Operation> ordering_operations() {
  return {
      {{"Moveaxis"}, {}, {"x", "source", "destination"}, moveaxis},
      {{"Roll"}, {"roll"}, {"x|input", "shift", "axis"}, roll},
      {{"Rot90"}, {}, {"array", "k", "axes"}, rot90},
      flipped("Flipud", 0),
      flipped("Fliplr", 1),
  };
}

}  // namespace keraunos::loader
