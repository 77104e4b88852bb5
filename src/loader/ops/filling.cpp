// Tensors made of numbers, and parts of tensors put in place of others.
#include <algorithm>

#include "host/graph/extent.h"
#include "loader/layers/common/memory.h"
#include "loader/ops/operation.h"

namespace keraunos::loader {
namespace {

Shape shape_of(const std::vector<int64_t>& sizes) {
  Shape shape;
  for (int64_t size : sizes) shape.push_back(Dim{size});
  return shape;
}

std::vector<Value> full(OperationCall& call) {
  const auto sizes = call.integers(1);
  if (!sizes) call.l.refuse("is called without a shape");
  const DType type = call.dtype(2).value_or(DType::float32);
  return {call.l.broadcast_to(call.l.cast(call.tensor(0, type), type), shape_of(*sizes))};
}

std::vector<Value> full_like(OperationCall& call) {
  const Value x = call.tensor(0);
  const DType type = call.dtype(2).value_or(call.l.dtype(x));
  return {call.l.broadcast_to(call.l.cast(call.tensor(1, type), type), call.l.shape(x))};
}

std::vector<Value> empty_like(OperationCall& call) {
  const Value x = call.tensor(0);
  return {call.l.broadcast_to(call.l.scalar(0, call.dtype(1).value_or(call.l.dtype(x))), call.l.shape(x))};
}

// start + i · step, the last number as it is given; along a new axis.
Value spaced(OperationCall& call, size_t axis_parameter) {
  auto [start, stop] = call.operands(0, 1, OperationCall::PythonNumbers::real);
  const DType given = call.l.dtype(start), type = call.dtype(4).value_or(is_floating(given) ? given : DType::float32);
  if (!is_floating(type)) call.l.refuse("spaces " + std::string(name_of(type)) + ", which is not supported");
  start = call.l.cast(start, type), stop = call.l.cast(stop, type);
  const int64_t count = call.integer(2, 50);
  const bool endpoint = call.flag(3, true);
  if (count < 1 || count > Range::kMostExtent) call.l.refuse("makes " + std::to_string(count) + " numbers");
  const int axis = call.axis(axis_parameter, call.l.rank(start) + 1, 0);
  const int64_t steps = endpoint ? count - 1 : count;
  debit(call.l, "the numbers of the places", count * 4);
  std::vector<float> numbers;
  for (int64_t i = 0; i < count; ++i) numbers.push_back(static_cast<float>(i));
  Shape along(static_cast<size_t>(call.l.rank(start) + 1), Dim{1});
  along[static_cast<size_t>(axis)] = Dim{count};
  const Value first = call.l.expand_dims(start, axis), last = call.l.expand_dims(stop, axis);
  if (steps == 0) return first;
  const Value step = call.l.divide(call.l.subtract(last, first), call.l.scalar(static_cast<double>(steps), type));
  const Value places = call.l.reshape(call.l.cast(call.l.constant(TensorView(numbers, Dims{count})), type), along);
  const Value all = call.l.add(first, call.l.multiply(places, step));
  if (!endpoint) return all;
  const Value parts[] = {call.l.slice_axis(all, axis, 0, count - 1), last};
  return call.l.concatenate(parts, axis);
}

std::vector<Value> linspace(OperationCall& call) {
  if (call.flag(6, false)) call.l.refuse("gives its step back too (retstep=True), which is not supported");
  return {spaced(call, 5)};
}

std::vector<Value> logspace(OperationCall& call) {
  const Value exponents = spaced(call, 5);
  return {call.l.binary(Function::power, call.l.scalar(call.number(6, 10), call.l.dtype(exponents)), exponents)};
}

// Starts that a file states; others depend on data.
std::vector<int64_t> starts_of(OperationCall& call, Value x) {
  const auto starts = call.integers(1);
  if (!starts || static_cast<int>(starts->size()) != call.l.rank(x))
    call.l.refuse("needs a start for each of " + std::to_string(call.l.rank(x)) + " axes");
  return *starts;
}

std::vector<Value> slice(OperationCall& call) {
  const Value x = call.tensor(0);
  const std::vector<int64_t> starts = starts_of(call, x);
  const auto sizes = call.integers(2);
  if (!sizes || sizes->size() != starts.size())
    call.l.refuse("needs a size for each of " + std::to_string(starts.size()) + " axes");
  std::vector<int64_t> counts = *sizes;
  for (size_t i = 0; i < counts.size(); ++i) {
    const int64_t extent = call.l.dim(x, static_cast<int>(i)).size;
    if (counts[i] == -1) counts[i] = extent - starts[i];  // the rest
    if (starts[i] < 0 || counts[i] < 0 || counts[i] > extent - starts[i])
      call.l.refuse("takes " + std::to_string(counts[i]) + " elements from " + std::to_string(starts[i]) + " on, of an axis of " +
                    std::to_string(extent));
  }
  return {call.l.slice(x, starts, counts, std::vector<int64_t>(starts.size(), 1))};
}

// Starts are moved so that the part fits.
std::vector<Value> slice_update(OperationCall& call) {
  const Value x = call.tensor(0), part = call.l.cast(call.tensor(2), call.l.dtype(x));
  if (call.l.rank(part) != call.l.rank(x))
    call.l.refuse("puts a tensor of rank " + std::to_string(call.l.rank(part)) + " into one of rank " +
                  std::to_string(call.l.rank(x)));
  std::vector<int64_t> low = starts_of(call, x), high;
  for (size_t i = 0; i < low.size(); ++i) {
    const int64_t extent = call.l.dim(x, static_cast<int>(i)).size, own = call.l.dim(part, static_cast<int>(i)).size;
    if (own > extent) call.l.refuse("puts " + std::to_string(own) + " elements into an axis of " + std::to_string(extent));
    low[i] = std::clamp<int64_t>(low[i] < 0 ? low[i] + extent : low[i], 0, extent - own);
    high.push_back(extent - own - low[i]);
  }
  const Value inside = call.l.pad(call.l.broadcast_to(call.l.scalar(1, DType::boolean), call.l.shape(part)), low, high, 0);
  return {call.l.select(inside, call.l.pad(part, low, high, 0), x)};
}

}  // namespace

std::vector<Operation> filling_operations() {
  return {
      {{"Full"}, {}, {"fill_value", "shape", "dtype"}, full},
      {{"FullLike"}, {}, {"x", "fill_value", "dtype"}, full_like, 2},
      {{"EmptyLike"}, {}, {"x", "dtype"}, empty_like},
      {{"Linspace"}, {}, {"start", "stop", "num", "endpoint", "dtype", "axis", "retstep"}, linspace, 2},
      {{"Logspace"}, {}, {"start", "stop", "num", "endpoint", "dtype", "axis", "base"}, logspace, 2},
      {{"Slice"}, {}, {"inputs", "start_indices", "shape"}, slice, 2},
      {{"SliceUpdate"}, {}, {"inputs", "start_indices", "updates"}, slice_update, 3},
  };
}

}  // namespace keraunos::loader
