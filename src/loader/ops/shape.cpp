// Operations that change shape or order, join and split.
#include <algorithm>
#include <numeric>
#include <utility>

#include "host/graph/extent.h"
#include "host/graph/graph.h"
#include "loader/ops/operation.h"

namespace keraunos::loader {
namespace {

// One −1 is what remains. The batch stays marked as what grew out of a None.
std::vector<Value> reshape(OperationCall& call) {
  const Value x = call.tensor(0);
  const auto sizes = call.integers(1);
  if (!sizes) call.l.refuse("is called without a shape");
  if (std::count_if(sizes->begin(), sizes->end(), [](int64_t size) { return size < 0; }) > 1)
    call.l.refuse("reshapes to more than one unknown extent");
  const Shape from = call.l.shape(x);
  const int64_t elements = host::elements_of(from);
  int64_t known = 1;
  for (int64_t size : *sizes) known = host::checked_multiply(known, size < 0 ? 1 : size);
  const bool varies = std::any_of(from.begin(), from.end(), [](const Dim& d) { return d.varies; });
  Shape target;
  for (int64_t size : *sizes) target.push_back(size < 0 ? Dim{known == 0 ? 0 : elements / known, varies} : Dim{size, false});
  return {call.l.reshape(x, target)};
}

std::vector<Value> transpose(OperationCall& call) {
  const Value x = call.tensor(0);
  std::vector<int> order = call.ordered_axes(1, call.l.rank(x));
  if (!call.has(1)) std::reverse(order.begin(), order.end());
  return {call.l.transpose(x, order)};
}

std::vector<Value> expand_dims(OperationCall& call) {
  Value x = call.tensor(0);
  const auto given = call.integers(1);
  if (!given) call.l.refuse("is called without an axis");
  for (int axis : call.axes(1, call.l.rank(x) + static_cast<int>(given->size()))) x = call.l.expand_dims(x, axis);
  return {x};
}

// Without axes, or with an empty list of them: whatever is 1.
std::vector<Value> squeeze(OperationCall& call) {
  Value x = call.tensor(0);
  const auto given = call.integers(1);
  const bool all = !given || given->empty();
  std::vector<int> axes;
  for (int axis = 0; all && axis < call.l.rank(x); ++axis) axes.push_back(axis);
  if (!all) axes = call.axes(1, call.l.rank(x));
  std::reverse(axes.begin(), axes.end());
  for (int axis : axes) {
    if (all && call.l.dim(x, axis).size != 1) continue;
    x = call.l.squeeze(x, axis);
  }
  return {x};
}

std::vector<Value> concatenate(OperationCall& call) {
  const std::vector<Value> parts = call.tensors(0);
  return {call.l.concatenate(parts, call.axis(1, call.l.rank(parts.at(0)), 0))};
}

std::vector<Value> stack(OperationCall& call) {
  std::vector<Value> parts = call.tensors(0);
  const int axis = call.axis(1, call.l.rank(parts.at(0)) + 1, 0);
  for (Value& part : parts) part = call.l.expand_dims(part, axis);
  return {call.l.concatenate(parts, axis)};
}

// The sizes between the indices that Keras 3 splits at.
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

// TensorFlow's sizes, one of which may be -1 for the rest.
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

// An integer: equal parts. A list: Keras splits at these indices, TensorFlow into these sizes.
std::vector<Value> split(OperationCall& call) {
  const Value x = call.tensor(0);
  const int axis = call.axis(2, call.l.rank(x), 0);
  const int64_t extent = call.l.dim(x, axis).size;
  const Arg* how = call.find(1);
  auto sizes = call.integers(1);
  if (how == nullptr || !sizes || sizes->empty()) call.l.refuse("is called without a number of parts");
  const bool one = how->tensor() != nullptr ? call.l.rank(how->tensor()->value) == 0 : how->list() == nullptr;
  if (one)
    sizes = equal_sizes(call, sizes->front(), extent);
  else
    sizes = call.is_keras3() ? sizes_between(call, *sizes, extent) : given_sizes(call, *sizes, extent);
  if (call.integer(3, static_cast<int64_t>(sizes->size())) != static_cast<int64_t>(sizes->size()))
    call.l.refuse("names another number of parts than it splits into");
  std::vector<Value> parts;
  int64_t start = 0;
  for (int64_t size : *sizes) parts.push_back(call.l.slice_axis(x, axis, start, size)), start += size;
  return parts;
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

std::vector<Value> flip(OperationCall& call) {
  Value x = call.tensor(0);
  for (int axis : call.axes(1, call.l.rank(x))) x = call.l.reverse(x, axis);
  return {x};
}

// Shapes are numbers while lowering: tf.shape(x) is a constant.
std::vector<Value> shape(OperationCall& call) {
  std::vector<int32_t> sizes;
  for (const Dim& dim : call.l.shape(call.tensor(0))) {
    if (dim.size > Range::kMostExtent)
      call.l.refuse("asks for the shape of a tensor with " + std::to_string(dim.size) + " elements along an axis");
    sizes.push_back(static_cast<int32_t>(dim.size));
  }
  const auto rank = static_cast<int64_t>(sizes.size());
  return {call.l.cast(call.l.constant(TensorView(sizes, {rank})), call.dtype(1).value_or(DType::int32))};
}

std::vector<Value> swapped(OperationCall& call) {
  const Value x = call.tensor(0);
  std::vector<int> order(call.l.shape(x).size());
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[static_cast<size_t>(call.axis(1, call.l.rank(x), 0))],
            order[static_cast<size_t>(call.axis(2, call.l.rank(x), 0))]);
  return {call.l.transpose(x, order)};
}

}  // namespace

std::vector<Operation> shape_operations() {
  return {
      {{"Reshape"}, {"reshape"}, {"x|tensor", "newshape|shape"}, reshape},
      {{"Transpose"}, {"compat.v1.transpose", "transpose"}, {"x|a", "axes|perm"}, transpose, 1, {"conjugate=*"}},
      {{"Swapaxes"}, {}, {"x", "axis1", "axis2"}, swapped},
      {{"ExpandDims"}, {"expand_dims", "compat.v1.expand_dims"}, {"x|input", "axis|dim"}, expand_dims},
      {{"Squeeze"}, {"squeeze", "compat.v1.squeeze"}, {"x|input", "axis|squeeze_dims"}, squeeze},
      {{"Concatenate"}, {"concat"}, {"xs|values", "axis"}, concatenate},
      {{"Stack"}, {"stack"}, {"xs|x|values", "axis"}, stack},
      {{"Split"}, {"split"}, {"x|value", "indices_or_sections|num_or_size_splits", "axis", "num"}, split},
      {{"Unstack"}, {"unstack"}, {"x|value", "num", "axis"}, unstack},
      {{"Flip"}, {"reverse"}, {"x|tensor", "axis"}, flip},
      {{}, {"shape", "compat.v1.shape"}, {"input", "out_type"}, shape},
  };
}

}  // namespace keraunos::loader
