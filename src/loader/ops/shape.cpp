// Operations that change shape or order, join and split.
#include <algorithm>
#include <numeric>

#include "host/graph/extent.h"
#include "host/graph/graph.h"
#include "loader/ops/operation.h"

namespace keraunos::loader {
namespace {

int position(OperationCall& call, int64_t axis, int rank) {
  if (axis < -rank || axis >= rank)
    call.l.refuse("names axis " + std::to_string(axis) + " of a tensor of rank " + std::to_string(rank));
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}

void require_count(OperationCall& call, int64_t count, const char* what) {
  if (count >= 0 && count <= Range::kMostExtent) return;
  call.l.refuse(std::string(what) + ' ' + std::to_string(count) + " times, which is not between 0 and " +
                std::to_string(Range::kMostExtent));
}

// Each part is a tensor of its own.
void require_parts(OperationCall& call, int64_t parts) {
  constexpr int64_t kMostParts = int64_t{1} << 16;
  if (parts > kMostParts)
    call.l.refuse("splits a tensor into " + std::to_string(parts) + " parts; " + std::to_string(kMostParts) + " are the most");
}

// One −1 is what remains. The batch stays marked as what grew out of a None.
std::vector<Value> reshape(OperationCall& call) {
  const Value x = call.tensor(0);
  const auto sizes = call.integers(1);
  if (!sizes) call.l.refuse("is called without a shape");
  if (std::count_if(sizes->begin(), sizes->end(), [](int64_t size) { return size < 0; }) > 1)
    call.l.refuse("reshapes to more than one unknown extent");
  const Shape from = call.l.shape(x);
  int64_t known = 1;
  for (int64_t size : *sizes) known = host::checked_multiply(known, size < 0 ? 1 : size);
  const int64_t elements = host::elements_of(from);
  const bool varies = std::any_of(from.begin(), from.end(), [](const Dim& d) { return d.varies; });
  Shape target;
  for (int64_t size : *sizes) target.push_back(size < 0 ? Dim{known == 0 ? 0 : elements / known, varies} : Dim{size, false});
  return {call.l.reshape(x, target)};
}

std::vector<Value> transpose(OperationCall& call) {
  const Value x = call.tensor(0);
  std::vector<int> order(call.l.shape(x).size());
  std::iota(order.rbegin(), order.rend(), 0);
  if (const auto given = call.integers(1)) {
    order.clear();
    for (int64_t axis : *given) order.push_back(position(call, axis, call.l.rank(x)));
  }
  return {call.l.transpose(x, order)};
}

std::vector<Value> expand_dims(OperationCall& call) {
  Value x = call.tensor(0);
  std::vector<int64_t> axes = call.integers(1).value_or(std::vector<int64_t>{0});
  const int rank = call.l.rank(x) + static_cast<int>(axes.size());
  for (int64_t& axis : axes) axis = position(call, axis, rank);
  std::sort(axes.begin(), axes.end());
  for (int64_t axis : axes) x = call.l.expand_dims(x, static_cast<int>(axis));
  return {x};
}

std::vector<Value> squeeze(OperationCall& call) {
  Value x = call.tensor(0);
  std::vector<int> axes = call.axes(1, call.l.rank(x));
  const bool all = !call.has(1);
  std::reverse(axes.begin(), axes.end());
  for (int axis : axes) {
    if (all && call.l.dim(x, axis).size != 1) continue;
    x = call.l.squeeze(x, axis);
  }
  return {x};
}

std::vector<Value> concatenate(OperationCall& call) {
  const std::vector<Value> parts = call.tensors(0);
  return {call.l.concatenate(parts, call.axis(1, call.l.rank(parts[0]), 0))};
}

std::vector<Value> stack(OperationCall& call) {
  std::vector<Value> parts = call.tensors(0);
  const int axis = call.axis(1, call.l.rank(parts[0]) + 1, 0);
  for (Value& part : parts) part = call.l.expand_dims(part, axis);
  return {call.l.concatenate(parts, axis)};
}

// An integer: equal parts. A list: Keras splits at these indices, TensorFlow into these sizes.
std::vector<Value> split(OperationCall& call) {
  const Value x = call.tensor(0);
  const int axis = call.axis(2, call.l.rank(x), 0);
  const int64_t extent = call.l.dim(x, axis).size;
  const Arg* how = call.find(1);
  std::vector<int64_t> sizes = call.integers(1).value_or(std::vector<int64_t>{1});
  if (how == nullptr || how->list() == nullptr) {
    const int64_t parts = sizes[0];
    require_parts(call, parts);
    if (parts < 1 || extent % parts != 0) call.l.refuse("splits " + std::to_string(extent) + " elements into " + std::to_string(parts) + " parts");
    sizes.assign(static_cast<size_t>(parts), extent / parts);
  } else if (call.is_keras3()) {
    std::vector<int64_t> bounds{0};
    bounds.insert(bounds.end(), sizes.begin(), sizes.end());
    bounds.push_back(extent);
    sizes.clear();
    for (size_t i = 1; i < bounds.size(); ++i) sizes.push_back(host::checked_subtract(bounds[i], bounds[i - 1]));
  }
  std::vector<Value> parts;
  int64_t start = 0;
  for (int64_t size : sizes) {
    const int64_t count = size < 0 ? extent - start : size;
    parts.push_back(call.l.slice_axis(x, axis, start, count));
    start = host::checked_add(start, count);
  }
  return parts;
}

std::vector<Value> unstack(OperationCall& call) {
  const Value x = call.tensor(0);
  const int axis = call.axis(2, call.l.rank(x), 0);
  require_parts(call, call.l.dim(x, axis).size);
  std::vector<Value> parts;
  for (int64_t i = 0; i < call.l.dim(x, axis).size; ++i) parts.push_back(call.l.squeeze(call.l.slice_axis(x, axis, i, 1), axis));
  return parts;
}

// The whole axis `count` times. Many copies are a new axis before it, broadcast, folded in: not as many operands.
Value tiled(OperationCall& call, Value x, int axis, int64_t count) {
  require_count(call, count, "tiles an axis");
  constexpr int64_t kFew = 16;
  if (count >= 1 && count <= kFew) return call.l.concatenate(std::vector<Value>(static_cast<size_t>(count), x), axis);
  Shape wide = call.l.shape(x), folded = wide;
  wide.insert(wide.begin() + axis, Dim{count, false});
  folded[static_cast<size_t>(axis)].size = host::checked_multiply(folded[static_cast<size_t>(axis)].size, count);
  return call.l.reshape(call.l.broadcast_to(call.l.expand_dims(x, axis), wide), folded);
}

std::vector<Value> tile(OperationCall& call) {
  Value x = call.tensor(0);
  std::vector<int64_t> repeats = call.integers(1).value_or(std::vector<int64_t>{});
  while (static_cast<int>(repeats.size()) < call.l.rank(x)) repeats.insert(repeats.begin(), 1);
  while (static_cast<int>(repeats.size()) > call.l.rank(x)) x = call.l.expand_dims(x, 0);
  for (size_t axis = 0; axis < repeats.size(); ++axis) x = tiled(call, x, static_cast<int>(axis), repeats[axis]);
  return {x};
}

// Each element `repeats` times in a row: a new axis behind it, broadcast, folded in.
std::vector<Value> repeat(OperationCall& call) {
  const Value x = call.tensor(0);
  const int axis = call.axis(2, call.l.rank(x), 0);
  Shape wide = call.l.shape(x), folded = wide;
  const int64_t repeats = call.integer(1, 1);
  wide.insert(wide.begin() + axis + 1, Dim{repeats, false});
  require_count(call, repeats, "repeats elements");
  folded[static_cast<size_t>(axis)].size = host::checked_multiply(folded[static_cast<size_t>(axis)].size, repeats);
  return {call.l.reshape(call.l.broadcast_to(call.l.expand_dims(x, axis + 1), wide), folded)};
}

std::vector<Value> pad(OperationCall& call) {
  const Value x = call.tensor(0);
  if (const auto mode = call.text(2); mode && *mode != "constant" && *mode != "CONSTANT") call.l.refuse("pads in the mode \"" + *mode + "\", which is not supported");
  std::vector<int64_t> low, high;
  const Arg* widths = call.find(1);
  if (widths == nullptr || widths->list() == nullptr) call.l.refuse("needs a list of pairs to pad with");
  for (const Arg& pair : *widths->list()) {
    const Arg::List* two = pair.list();
    constexpr int64_t kUnknown = -1;
    const auto width = [&](size_t side) { return two && two->size() == 2 ? known_integer(call.l, (*two)[side]).value_or(kUnknown) : kUnknown; };
    low.push_back(width(0)), high.push_back(width(1));
    if (low.back() < 0 || high.back() < 0) call.l.refuse("needs a list of pairs of numbers to pad with");
  }
  return {call.l.pad(x, low, high, call.number(3, 0))};
}

std::vector<Value> flip(OperationCall& call) {
  Value x = call.tensor(0);
  for (int axis : call.axes(1, call.l.rank(x))) x = call.l.reverse(x, axis);
  return {x};
}

std::vector<Value> broadcast_to(OperationCall& call) {
  Shape target;
  for (int64_t size : call.integers(1).value_or(std::vector<int64_t>{})) target.push_back({size, false});
  return {call.l.broadcast_to(call.tensor(0), target)};
}

std::vector<Value> filled_like(OperationCall& call, double value) {
  const Value x = call.tensor(0);
  return {call.l.broadcast_to(call.l.scalar(value, call.dtype(1).value_or(call.l.dtype(x))), call.l.shape(x))};
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
  std::swap(order[static_cast<size_t>(call.axis(1, call.l.rank(x), 0))], order[static_cast<size_t>(call.axis(2, call.l.rank(x), 0))]);
  return {call.l.transpose(x, order)};
}

}  // namespace

std::vector<Operation> shape_operations() {
  return {
      {{"Reshape"}, {"reshape"}, {"x|tensor", "newshape|shape"}, reshape},
      {{"Transpose"}, {"compat.v1.transpose", "transpose"}, {"x|a", "axes|perm"}, transpose},
      {{"Swapaxes"}, {}, {"x", "axis1", "axis2"}, swapped},
      {{"ExpandDims"}, {"expand_dims", "compat.v1.expand_dims"}, {"x|input", "axis"}, expand_dims},
      {{"Squeeze"}, {"squeeze", "compat.v1.squeeze"}, {"x|input", "axis"}, squeeze},
      {{"Concatenate"}, {"concat"}, {"xs|values", "axis"}, concatenate},
      {{"Stack"}, {"stack"}, {"xs|x|values", "axis"}, stack},
      {{"Split"}, {"split"}, {"x|value", "indices_or_sections|num_or_size_splits", "axis"}, split},
      {{"Unstack"}, {"unstack"}, {"x|value", "num", "axis"}, unstack},
      {{"Tile"}, {"tile"}, {"x|input", "repeats|multiples"}, tile},
      {{"Repeat"}, {"repeat"}, {"x|input", "repeats", "axis"}, repeat},
      {{"Pad"}, {"compat.v1.pad", "pad"}, {"x|tensor", "pad_width|paddings", "mode", "constant_values"}, pad},
      {{"Flip"}, {"reverse"}, {"x|tensor", "axis"}, flip},
      {{"BroadcastTo"}, {"broadcast_to"}, {"x|input", "shape"}, broadcast_to},
      {{"ZerosLike"}, {"zeros_like", "compat.v1.zeros_like"}, {"x|input|tensor", "dtype"}, [](OperationCall& call) { return filled_like(call, 0); }},
      {{"OnesLike"}, {"ones_like", "compat.v1.ones_like"}, {"x|input|tensor", "dtype"}, [](OperationCall& call) { return filled_like(call, 1); }},
      {{}, {"shape", "compat.v1.shape"}, {"input", "out_type"}, shape},
  };
}

}  // namespace keraunos::loader
