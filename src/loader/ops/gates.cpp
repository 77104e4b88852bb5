// Activations that combine several functions: gates, shrinkage, thresholds.
#include "loader/layers/common/activations.h"
#include "loader/ops/conversions.h"

namespace keraunos::loader {
namespace {

Value above(OperationCall& call, Value x, double limit) {
  return call.l.binary(Function::greater, x, number_like(call, limit, x));
}
Value below(OperationCall& call, Value x, double limit) { return call.l.binary(Function::less, x, number_like(call, limit, x)); }

// One half times the sigmoid of the other.
std::vector<Value> glu(OperationCall& call) {
  const Value x = call.tensor(0);
  const int axis = call.axis(1, call.l.rank(x), -1);
  const int64_t extent = call.l.dim(x, axis).size;
  if (extent % 2 != 0) call.l.refuse("halves an axis of " + std::to_string(extent) + " elements");
  const Value gate = call.l.unary(Function::sigmoid, call.l.slice_axis(x, axis, extent / 2, extent / 2));
  return {call.l.multiply(call.l.slice_axis(x, axis, 0, extent / 2), gate)};
}

std::vector<Value> hard_shrink(OperationCall& call) {
  const Value x = call.tensor(0);
  return {call.l.select(above(call, call.l.unary(Function::abs, x), call.number(1, 0.5)), x, number_like(call, 0, x))};
}

std::vector<Value> soft_shrink(OperationCall& call) {
  const Value x = call.tensor(0);
  const double threshold = call.number(1, 0.5);
  const Value limit = number_like(call, threshold, x);
  const Value low = call.l.select(below(call, x, -threshold), call.l.add(x, limit), number_like(call, 0, x));
  return {call.l.select(above(call, x, threshold), call.l.subtract(x, limit), low)};
}

std::vector<Value> tanh_shrink(OperationCall& call) {
  const Value x = call.tensor(0);
  return {call.l.subtract(x, call.l.unary(Function::tanh, x))};
}

std::vector<Value> hard_tanh(OperationCall& call) {
  const Value x = call.tensor(0);
  const Value high = call.l.binary(Function::minimum, x, number_like(call, 1, x));
  return {call.l.binary(Function::maximum, high, number_like(call, -1, x))};
}

std::vector<Value> threshold(OperationCall& call) {
  const Value x = call.tensor(0);
  return {call.l.select(above(call, x, call.number(1, 0)), x, number_like(call, call.number(2, 0), x))};
}

std::vector<Value> squareplus(OperationCall& call) {
  const Value x = call.tensor(0);
  const Value root = call.l.unary(Function::sqrt, call.l.add(call.l.unary(Function::square, x), call.number(1, 4)));
  return {call.l.divide(call.l.add(x, root), number_like(call, 2, x))};
}

std::vector<Value> sparse_plus(OperationCall& call) {
  const Value x = call.tensor(0);
  const Value curve = call.l.multiply(call.l.unary(Function::square, call.l.add(x, 1.0)), 0.25);
  const Value high = call.l.select(below(call, x, 1), curve, x);
  return {call.l.select(call.l.binary(Function::less_equal, x, number_like(call, -1, x)), number_like(call, 0, x), high)};
}

std::vector<Value> sparse_sigmoid(OperationCall& call) {
  const Value x = call.tensor(0);
  const Value line = call.l.multiply(call.l.add(x, 1.0), 0.5);
  const Value high =
      call.l.select(call.l.binary(Function::greater_equal, x, number_like(call, 1, x)), number_like(call, 1, x), line);
  return {call.l.select(call.l.binary(Function::less_equal, x, number_like(call, -1, x)), number_like(call, 0, x), high)};
}

std::vector<Value> sparsemax_of(OperationCall& call) {
  const Value x = call.tensor(0);
  if (!is_floating(call.l.dtype(x))) call.l.refuse("takes the sparsemax of integers, which Keras does not do either");
  return {sparsemax(call.l, x, call.axis(1, call.l.rank(x), -1))};
}

}  // namespace

std::vector<Operation> gates_operations() {
  return {
      {{"Glu"}, {}, {"x", "axis"}, glu},
      {{"HardShrink"}, {}, {"x", "threshold"}, hard_shrink},
      {{"SoftShrink"}, {}, {"x", "threshold"}, soft_shrink},
      {{"TanhShrink"}, {}, {"x"}, tanh_shrink},
      {{"HardTanh"}, {}, {"x"}, hard_tanh},
      {{"Threshold"}, {}, {"x", "threshold", "default_value"}, threshold},
      {{"Squareplus"}, {}, {"x", "b"}, squareplus},
      {{"SparsePlus"}, {}, {"x"}, sparse_plus},
      {{"SparseSigmoid"}, {}, {"x"}, sparse_sigmoid},
      {{"Sparsemax"}, {}, {"x", "axis"}, sparsemax_of},
  };
}

}  // namespace keraunos::loader
