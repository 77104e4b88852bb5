// Operations that split a tensor along an axis.
#include <algorithm>
#include <utility>

#include "loader/ops/operation.h"

namespace keraunos::loader {
namespace {

// The sizes between the indices at which Keras 3 splits.
std::vector<int64_t> sizes_between(OperationCall& call, const std::vector<int64_t>& indices, int64_t extent) {
  std::vector<int64_t> sizes;
  int64_t before = 0;
  for (int64_t index : indices) {
    if (index < before || index > extent)
      call.l.refuse("splits " + std::to_string(extent) + " elements at " + std::to_string(index));
    sizes.push_back(index - before), before = index;
  }
  sizes.push_back(extent - before);
  return sizes;
}

std::vector<int64_t> equal_sizes(OperationCall& call, int64_t parts, int64_t extent) {
  if (parts < 1 || parts > kMostPieces || extent % parts != 0)
    call.l.refuse("splits " + std::to_string(extent) + " elements into " + std::to_string(parts) + " parts");
  return std::vector<int64_t>(static_cast<size_t>(parts), extent / parts);
}

// TensorFlow's sizes; one of them may be -1 for the rest.
std::vector<int64_t> given_sizes(OperationCall& call, std::vector<int64_t> sizes, int64_t extent) {
  int64_t rest = extent;
  for (int64_t size : sizes) {
    if (size < -1 || size > rest)
      call.l.refuse("splits " + std::to_string(extent) + " elements into parts that do not add up to them");
    if (size > 0) rest -= size;
  }
  if (const auto open = std::find(sizes.begin(), sizes.end(), -1); open != sizes.end()) *open = std::exchange(rest, 0);
  if (rest != 0 || std::find(sizes.begin(), sizes.end(), -1) != sizes.end())
    call.l.refuse("splits " + std::to_string(extent) + " elements into parts that do not add up to them");
  return sizes;
}

std::vector<Value> parts_of(OperationCall& call, Value x, int axis, const std::vector<int64_t>& sizes) {
  std::vector<Value> parts;
  int64_t start = 0;
  for (int64_t size : sizes) parts.push_back(call.l.slice_axis(x, axis, start, size)), start += size;
  return parts;
}

// An integer: equal parts. A list: Keras splits at these indices, TensorFlow into these sizes.
std::vector<int64_t> sizes_of(OperationCall& call, int64_t extent) {
  const Arg* how = call.find(1);
  const auto given = call.integers(1);
  if (how == nullptr || !given || given->empty()) call.l.refuse("is called without a number of parts");
  const bool one = how->tensor() != nullptr ? call.l.rank(how->tensor()->value) == 0 : how->list() == nullptr;
  if (one) return equal_sizes(call, given->front(), extent);
  return call.is_keras3() ? sizes_between(call, *given, extent) : given_sizes(call, *given, extent);
}

std::vector<Value> split(OperationCall& call) {
  const Value x = call.tensor(0);
  const int axis = call.axis(2, call.l.rank(x), 0);
  const std::vector<int64_t> sizes = sizes_of(call, call.l.dim(x, axis).size);
  if (call.integer(3, static_cast<int64_t>(sizes.size())) != static_cast<int64_t>(sizes.size()))
    call.l.refuse("names another number of parts than it splits into");
  return parts_of(call, x, axis, sizes);
}

// hsplit, vsplit and dsplit: along a fixed axis; hsplit of a vector along its only axis.
Operation split_along(const char* name, int axis) {
  const auto body = [axis](OperationCall& call) {
    const Value x = call.tensor(0);
    const int along = axis == 1 && call.l.rank(x) == 1 ? 0 : axis;
    if (along >= call.l.rank(x))
      call.l.refuse("splits axis " + std::to_string(along) + " of a tensor of rank " + std::to_string(call.l.rank(x)));
    return parts_of(call, x, along, sizes_of(call, call.l.dim(x, along).size));
  };
  return {{name}, {}, {"x", "indices_or_sections"}, body};
}

// Parts whose sizes differ by at most one, the larger ones first.
std::vector<Value> array_split(OperationCall& call) {
  const Value x = call.tensor(0);
  const int axis = call.axis(2, call.l.rank(x), 0);
  const int64_t extent = call.l.dim(x, axis).size, count = call.integer(1, 0);
  if (count < 1 || count > kMostPieces) call.l.refuse("splits an axis into " + std::to_string(count) + " parts");
  std::vector<int64_t> sizes;
  for (int64_t i = 0; i < count; ++i) sizes.push_back(extent / count + (i < extent % count ? 1 : 0));
  return parts_of(call, x, axis, sizes);
}

std::vector<Value> unstack(OperationCall& call) {
  const Value x = call.tensor(0);
  const int axis = call.axis(2, call.l.rank(x), 0);
  const int64_t extent = call.l.dim(x, axis).size;
  if (const int64_t count = call.integer(1, extent); count != extent) {
    call.l.refuse("takes " + std::to_string(count) + " tensors out of an axis of " + std::to_string(extent));
  }
  if (extent > kMostPieces)
    call.l.refuse("takes an axis of " + std::to_string(extent) + " apart; " + std::to_string(kMostPieces) +
                  " parts are the most");
  std::vector<Value> parts;
  for (int64_t i = 0; i < extent; ++i) parts.push_back(call.l.squeeze(call.l.slice_axis(x, axis, i, 1), axis));
  return parts;
}

}  // namespace

std::vector<Operation> splitting_operations() {
  return {
      {{"Split"}, {"split"}, {"x|value", "indices_or_sections|num_or_size_splits", "axis", "num"}, split},
      split_along("Vsplit", 0),
      split_along("Hsplit", 1),
      split_along("Dsplit", 2),
      {{"ArraySplit"}, {}, {"x", "indices_or_sections", "axis"}, array_split},
      {{"Unstack"}, {"unstack"}, {"x|value", "num", "axis"}, unstack},
  };
}

}  // namespace keraunos::loader
