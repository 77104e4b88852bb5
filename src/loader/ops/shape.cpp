// Operations that change shape or order, join and split.
#include <algorithm>
#include <numeric>
#include <utility>

#include "host/graph/extent.h"
#include "host/graph/graph.h"
#include "loader/ops/data_integers.h"
#include "loader/ops/literal_elements.h"

namespace keraunos::loader {
namespace {

// The first extent that depends on data takes the elements that known ones leave.
std::vector<int64_t> extents_at_loading(OperationCall& call, Value x) {
  const Arg* given = call.find(1);
  const Traced* traced = given == nullptr ? nullptr : given->tensor();
  if (traced == nullptr || call.l.rank(traced->value) != 1) return {1};
  std::vector<int64_t> extents;
  int64_t left = call.l.dims(x).elements();
  std::optional<size_t> first;
  for (const auto& known : literal_elements(call.l, traced->value)) {
    if (!known && !first) first = extents.size();
    if (known && *known > 0) left /= *known;
    extents.push_back(known.value_or(1));
  }
  if (first && std::find(extents.begin(), extents.end(), -1) == extents.end()) extents[*first] = left;
  return extents;
}

// One −1 takes the rest. The batch extent keeps Dim::varies.
std::vector<Value> reshape(OperationCall& call) {
  const Value x = call.tensor(0);
  const auto sizes = read_integers(call, 1, extents_at_loading(call, x));
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

// Without axes, or with an empty list: all axes of 1.
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

std::vector<Value> flip(OperationCall& call) {
  Value x = call.tensor(0);
  for (int axis : call.axes(1, call.l.rank(x))) x = call.l.reverse(x, axis);
  return {x};
}

// Shapes are numbers during lowering: tf.shape(x) is a constant.
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
      {{"Flip"}, {"reverse"}, {"x|tensor", "axis"}, flip},
      {{}, {"shape", "compat.v1.shape"}, {"input", "out_type"}, shape},
  };
}

}  // namespace keraunos::loader
