// Tensors of numbers, and parts of tensors that replace others.
#include <algorithm>
#include <cmath>

#include "host/graph/extent.h"
#include "loader/layers/common/memory.h"
#include "loader/ops/data_integers.h"

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

// Two ends of one floating dtype, and the parameters for the number of values, whether the end is included, and the position of
// the new axis.
struct Spacing {
  Value start, stop;
  size_t count = 2, endpoint = 3, axis = 5;
};

// start + i · step along a new axis; the last number is exactly the end.
Value spaced(OperationCall& call, const Spacing& spacing) {
  const auto& [start, stop, count_parameter, endpoint_parameter, axis_parameter] = spacing;
  const DType type = call.l.dtype(start);
  const int64_t count = call.integer(count_parameter, 50);
  const bool endpoint = call.flag(endpoint_parameter, true);
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

Spacing ends_of(OperationCall& call) {
  const auto [start, stop] = call.operands(0, 1, OperationCall::PythonNumbers::real);
  const DType given = call.l.dtype(start), type = call.dtype(4).value_or(is_floating(given) ? given : DType::float32);
  if (!is_floating(type)) call.l.refuse("spaces " + std::string(name_of(type)) + ", which is not supported");
  return {.start = call.l.cast(start, type), .stop = call.l.cast(stop, type)};
}

std::vector<Value> linspace(OperationCall& call) {
  if (call.flag(6, false)) call.l.refuse("gives its step back too (retstep=True), which is not supported");
  return {spaced(call, ends_of(call))};
}

std::vector<Value> logspace(OperationCall& call) {
  const Value exponents = spaced(call, ends_of(call));
  return {call.l.binary(Function::power, call.l.scalar(call.number(6, 10), call.l.dtype(exponents)), exponents)};
}

// With the new axis 0 the start's sign applies to each result; with another axis it is broadcast as in NumPy.
std::vector<Value> geomspace(OperationCall& call) {
  auto [start, stop] = call.operands(0, 1, OperationCall::PythonNumbers::real);
  const DType type = call.dtype(4).value_or(DType::float32);
  if (!is_floating(type)) call.l.refuse("spaces " + std::string(name_of(type)) + ", which is not supported");
  const auto exponent = [&](Value v) {
    const Value size = call.l.unary(Function::abs, call.l.cast(v, type));
    return call.l.divide(call.l.unary(Function::log, size), call.l.unary(Function::log, call.l.scalar(10, type)));
  };
  const Value exponents = spaced(call, {.start = exponent(start), .stop = exponent(stop)});
  const Value powers = call.l.binary(Function::power, call.l.scalar(10, type), exponents);
  return {call.l.multiply(powers, call.l.unary(Function::sign, call.l.cast(start, type)))};
}

constexpr int64_t kLongestRange = int64_t{1} << 24;

// start, start + step, …: numbers known from the file or the shapes.
Value numbers_in_range(OperationCall& call, double start, double stop, double step, DType type) {
  constexpr double kExact = 0x1p53;
  if (std::fabs(start) > kExact || std::fabs(stop) > kExact) call.l.refuse("counts numbers above 2^53, which is not supported");
  if (step == 0 || !std::isfinite(start) || !std::isfinite(stop) || !std::isfinite(step))
    call.l.refuse("counts from " + std::to_string(start) + " to " + std::to_string(stop) + " by " + std::to_string(step));
  const double count = std::fmax(std::ceil((stop - start) / step), 0);
  if (count > static_cast<double>(kLongestRange)) call.l.refuse("counts more than 16777216 numbers");
  debit(call.l, "the numbers that are counted", static_cast<int64_t>(count) * 8);
  std::vector<double> numbers;
  double number = start;
  for (int64_t i = 0; i < static_cast<int64_t>(count); ++i, number += step) {
    if (type == DType::float32) number = static_cast<float>(number);  // accumulated in the dtype, as in TensorFlow
    numbers.push_back(number);
  }
  return call.l.cast(call.l.constant(TensorView(numbers, Dims{static_cast<int64_t>(count)})), type);
}

// A single number is the end. Without a dtype Python numbers are int32 or float32; with a tensor its dtype is used.
std::vector<Value> counted_up(OperationCall& call) {
  const bool one = !call.has(1);
  const auto number = [&](size_t i, double otherwise) {  // integers may depend on data
    const Arg* given = call.find(i);
    const Traced* traced = given == nullptr ? nullptr : given->tensor();
    const bool reads =
        traced != nullptr && (call.l.dtype(traced->value) == DType::int32 || call.l.dtype(traced->value) == DType::int64);
    return reads ? static_cast<double>(read_integer(call.l, traced->value, i == 0 && !one ? 0 : 1)) : call.number(i, otherwise);
  };
  const double numbers[] = {number(0, 0), number(1, 0), number(2, 1)};
  DType type = DType::boolean;
  for (size_t i = 0; i < 3; ++i) {
    if (call.has(i)) type = promoted(type, call.l.dtype(call.tensor(i)));
  }
  type = call.dtype(3).value_or(type);
  if (type == DType::boolean || type == DType::string) call.l.refuse("counts numbers of no dtype");
  return {one ? numbers_in_range(call, 0, numbers[0], numbers[2], type)
              : numbers_in_range(call, numbers[0], numbers[1], numbers[2], type)};
}

// Starts must be stated in the file; computed ones depend on data.
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

// Starts are clamped so that the part fits.
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
      {{"Geomspace"}, {}, {"start", "stop", "num", "endpoint", "dtype", "axis"}, geomspace, 2},
      {{"Arange"}, {"range"}, {"start", "stop|limit", "step|delta", "dtype"}, counted_up, 3},
      {{"Slice"}, {}, {"inputs", "start_indices", "shape"}, slice, 2},
      {{"SliceUpdate"}, {}, {"inputs", "start_indices", "updates"}, slice_update, 3},
  };
}

}  // namespace keraunos::loader
