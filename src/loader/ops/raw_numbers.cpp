// Operations of TensorFlow's list (tf.raw_ops) for numbers: quantised as in training, sequences, shapes. Parameters are the
// operation's inputs, then its attributes.
#include <algorithm>

#include "loader/ops/operation.h"
#include "loader/ops/quantised_levels.h"

namespace keraunos::loader {
namespace {

std::vector<Value> quantised(OperationCall& call, Value low, Value high, size_t bits) {
  const int64_t count = call.integer(bits, 8);
  if (count < 2 || count > 16) call.l.refuse("quantises to " + std::to_string(count) + " bits; TensorFlow takes 2 to 16");
  return {fake_quantised(call.l, call.tensor(0), low, high, count, call.flag(bits + 1, false))};
}

std::vector<Value> by_operands(OperationCall& call) { return quantised(call, call.tensor(1), call.tensor(2), 3); }

std::vector<Value> by_attributes(OperationCall& call) {
  const DType type = call.l.dtype(call.tensor(0));
  return quantised(call, call.l.scalar(call.number(1, -6), type), call.l.scalar(call.number(2, 6), type), 3);
}

// start, start + step, …, stop.
std::vector<Value> lin_space(OperationCall& call) {
  const auto [start, stop] = call.operands(0, 1);
  const auto number = call.integers(2);
  const int64_t count = number && number->size() == 1 ? number->front() : 0;
  if (count < 1 || count > kMostPieces) call.l.refuse("makes a sequence of " + std::to_string(count) + " numbers");
  if (count == 1) return {call.l.reshape(start, {{1}})};
  const DType type = call.l.dtype(start);
  std::vector<double> places;
  for (int64_t i = 0; i + 1 < count; ++i) places.push_back(static_cast<double>(i));
  const Value step = call.l.divide(call.l.subtract(stop, start), call.l.scalar(static_cast<double>(count - 1), type));
  const Value at = call.l.cast(call.l.constant(TensorView(places, Dims{count - 1})), type);
  const Value parts[]{call.l.add(start, call.l.multiply(step, at)), call.l.reshape(stop, {{1}})};
  return {call.l.concatenate(parts, 0)};
}

Value shape_as_numbers(Lowering& l, const Shape& shape, DType type) {
  std::vector<int64_t> sizes;
  for (const Dim& dim : shape) sizes.push_back(dim.size);
  return l.cast(l.constant(TensorView(sizes, Dims{static_cast<int64_t>(sizes.size())})), type);
}

std::vector<Value> shapes(OperationCall& call) {
  const DType type = call.dtype(1).value_or(DType::int32);
  std::vector<Value> all;
  for (const Value x : call.tensors(0)) all.push_back(shape_as_numbers(call.l, call.l.shape(x), type));
  return all;
}

std::vector<Value> broadcast_shape(OperationCall& call) {
  std::vector<int64_t> a = call.integers(0).value_or(std::vector<int64_t>{}),
                       b = call.integers(1).value_or(std::vector<int64_t>{});
  if (a.size() < b.size()) std::swap(a, b);
  Shape shape;
  for (size_t i = 0; i < a.size(); ++i) {
    const int64_t other = i + b.size() < a.size() ? 1 : b[i + b.size() - a.size()];
    if (a[i] != other && a[i] != 1 && other != 1)
      call.l.refuse("broadcasts extents of " + std::to_string(a[i]) + " and " + std::to_string(other));
    shape.push_back({a[i] == 1 ? other : a[i]});
  }
  return {shape_as_numbers(call.l, shape, call.l.dtype(call.tensor(0)))};
}

// The quotient without its fraction.
std::vector<Value> truncated_division(OperationCall& call) {
  const auto [x, y] = call.operands();
  if (is_floating(call.l.dtype(x))) return {call.l.unary(Function::trunc, call.l.divide(x, y))};
  const Value rest = call.l.binary(Function::trunc_mod, x, y);
  return {call.l.binary(Function::floor_divide, call.l.subtract(x, rest), y)};
}

std::vector<Value> truncated_rest(OperationCall& call) {
  const auto [x, y] = call.operands();
  return {call.l.binary(Function::trunc_mod, x, y)};
}

std::vector<Value> euclidean_norm(OperationCall& call) {
  const Value x = call.tensor(0), squares = call.l.unary(Function::square, x);
  const std::vector<int> axes = call.axes(1, call.l.rank(x));
  Value sum = axes.empty() ? squares : call.l.reduce(Reduction::sum, squares, axes);
  if (call.flag(2, false)) {
    for (const int axis : axes) sum = call.l.expand_dims(sum, axis);
  }
  return {call.l.unary(Function::sqrt, sum)};
}

}  // namespace

std::vector<Operation> raw_numbers_operations() {
  const std::vector<std::string> bounds{"inputs", "min", "max", "num_bits", "narrow_range"};
  return {
      {{}, {"raw_ops.FakeQuantWithMinMaxVars"}, bounds, by_operands, 3},
      {{}, {"raw_ops.FakeQuantWithMinMaxVarsPerChannel"}, bounds, by_operands, 3},
      {{}, {"raw_ops.FakeQuantWithMinMaxArgs"}, bounds, by_attributes, 1},
      {{}, {"raw_ops.LinSpace"}, {"start", "stop", "num"}, lin_space, 3},
      {{}, {"raw_ops.BroadcastArgs"}, {"s0", "s1"}, broadcast_shape, 2},
      {{}, {"raw_ops.ShapeN"}, {"input", "out_type"}, shapes, 1, {}, 1},
      {{}, {"raw_ops.TruncateDiv"}, {"x", "y"}, truncated_division, 2},
      {{}, {"raw_ops.TruncateMod"}, {"x", "y"}, truncated_rest, 2},
      {{}, {"raw_ops.Mod"}, {"x", "y"}, truncated_rest, 2},
      {{}, {"raw_ops.EuclideanNorm"}, {"input", "axis|reduction_indices", "keep_dims"}, euclidean_norm, 2},
  };
}

}  // namespace keraunos::loader
