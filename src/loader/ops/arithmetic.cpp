// Elementwise operations of two tensors, where, clip, casts.
#include "loader/ops/nonzero.h"
#include "loader/ops/text_kernels.h"

namespace keraunos::loader {
namespace {

using Names = std::vector<std::string>;
using PythonNumbers = OperationCall::PythonNumbers;

const std::vector<std::string> kOperands{"x1|x|a|self", "x2|y|b|other"};

// No Keras version adds or multiplies booleans.
void refuse_booleans(OperationCall& call, Value v) {
  if (call.l.dtype(v) == DType::boolean) call.l.refuse("computes with booleans, which Keras does not do either");
}

Operation binary(Names keras, Names tensorflow, Function function) {
  const auto body = [function](OperationCall& call) -> std::vector<Value> {
    const auto [a, b] = call.operands();
    refuse_booleans(call, a);
    return {call.l.binary(function, a, b)};
  };
  return {std::move(keras), std::move(tensorflow), kOperands, body, 2};
}

// Texts are compared as texts; other arguments of a call are numbers or tensors of numbers.
bool compares_texts(OperationCall& call) {
  const Arg *a = call.find(0), *b = call.find(1);
  const auto is_text = [&](const Arg* x) {
    return x != nullptr && x->tensor() != nullptr && call.l.dtype(x->tensor()->value) == DType::string;
  };
  return is_text(a) && is_text(b);
}

std::vector<Value> compared_texts(OperationCall& call, Function function) {
  if (function != Function::equal && function != Function::not_equal)
    call.l.refuse("orders texts, which TensorFlow does not do either");
  const Value same = equal_texts(call, call.tensor(0), call.tensor(1));
  return {function == Function::equal ? same : call.l.unary(Function::logical_not, same)};
}

// Keras 3 converts Python numbers before it promotes dtypes: float16 and 0.1 are compared in float32.
Operation comparison(Names keras, Names tensorflow, Function function) {
  const auto body = [function](OperationCall& call) -> std::vector<Value> {
    // For x == y Keras 2 saves only x, and cannot load such a file itself.
    if (!call.is_keras3() && !call.has(1)) call.l.refuse("compares with something that Keras 2 does not save");
    if (compares_texts(call)) return compared_texts(call, function);
    const auto [a, b] = call.operands(0, 1, PythonNumbers::strong);
    return {call.l.binary(function, a, b)};
  };
  return {std::move(keras), std::move(tensorflow), kOperands, body, 2};
}

// TensorFlow rounds the quotient to the operands' dtype before it applies floor.
std::vector<Value> floor_divided(OperationCall& call) {
  const auto [a, b] = call.operands();
  refuse_booleans(call, a);
  const bool narrow = is_floating(call.l.dtype(a)) && size_of(call.l.dtype(a)) == 2;
  return {narrow ? call.l.unary(Function::floor, call.l.divide(a, b)) : call.l.binary(Function::floor_divide, a, b)};
}

Operation remainder(Names keras, Names tensorflow, Function function) {
  const auto body = [function](OperationCall& call) -> std::vector<Value> {
    auto [a, b] = call.operands(0, 1, PythonNumbers::strong);
    if (call.l.dtype(a) == DType::boolean) a = call.l.cast(a, DType::int32), b = call.l.cast(b, DType::int32);
    return {call.l.binary(function, a, b)};
  };
  return {std::move(keras), std::move(tensorflow), kOperands, body, 2};
}

// Of integers, toward zero: the remainder has the sign of the dividend.
std::vector<Value> truncated_quotient(OperationCall& call) {
  const auto [a, b] = call.operands();
  if (is_floating(call.l.dtype(a)) || call.l.dtype(a) == DType::boolean)
    call.l.refuse("divides " + std::string(name_of(call.l.dtype(a))) + " with truncation, which TensorFlow does not do either");
  const Value rest = call.l.binary(Function::trunc_mod, a, b);
  return {call.l.binary(Function::floor_divide, call.l.subtract(a, rest), b)};
}

std::vector<Value> real_quotient(OperationCall& call) {
  const auto [a, b] = call.operands();
  if (!is_floating(call.l.dtype(a)))
    call.l.refuse("divides " + std::string(name_of(call.l.dtype(a))) + " as real numbers, which TensorFlow does not do either");
  return {call.l.divide(a, b)};
}

Operation logical(Names keras, Names tensorflow, Function function) {
  const auto body = [function](OperationCall& call) -> std::vector<Value> {
    const Value a = call.l.cast(call.tensor(0), DType::boolean), b = call.l.cast(call.tensor(1), DType::boolean);
    return {call.l.binary(function, a, b)};
  };
  return {std::move(keras), std::move(tensorflow), {"x1|x", "x2|y"}, body, 2};
}

// Integers are divided in floating point: float32 in Keras 3, float64 for 32 and 64 bits in TensorFlow.
std::pair<Value, Value> floating_operands(OperationCall& call, PythonNumbers numbers = PythonNumbers::real) {
  auto [a, b] = call.operands(0, 1, numbers);
  const DType type = call.l.dtype(a);
  if (is_floating(type)) return {a, b};
  const DType wide = !call.is_keras3() && size_of(type) >= 4 ? DType::float64 : DType::float32;
  return {call.l.cast(a, wide), call.l.cast(b, wide)};
}

std::vector<Value> divided(OperationCall& call) {
  const auto [a, b] = floating_operands(call);
  return {call.l.divide(a, b)};
}

std::vector<Value> divided_no_nan(OperationCall& call) {
  const auto [a, b] = floating_operands(call);
  const Value zero = call.l.scalar(0, call.l.dtype(b));
  return {call.l.select(call.l.binary(Function::equal, b, zero), zero, call.l.divide(a, b))};
}

std::vector<Value> arctangent(OperationCall& call) {
  const auto [y, x] = floating_operands(call, PythonNumbers::strong);
  return {call.l.binary(Function::atan2, y, x)};
}

std::vector<Value> squared_difference(OperationCall& call) {
  const auto [a, b] = call.operands();
  return {call.l.unary(Function::square, call.l.subtract(a, b))};
}

// Without the other operands: the indices where the condition is true.
std::vector<Value> where(OperationCall& call) {
  const bool one = call.has(1), both = one && call.has(2);
  if (!both && one != call.has(2)) call.l.refuse("is called with one branch; expected two or none");
  if (!both) return {places_of_nonzero(call, call.tensor(0))};
  const Value condition = call.l.cast(call.tensor(0), DType::boolean);
  const auto [then, otherwise] = call.operands(1, 2);
  return {call.l.select(condition, then, otherwise)};
}

// The upper bound is applied first: if the bounds cross, the lower one wins.
std::vector<Value> clipped(OperationCall& call) {
  Value x = call.tensor(0);
  if (call.l.dtype(x) == DType::boolean) x = call.l.cast(x, DType::int32);
  const DType type = call.l.dtype(x);
  const auto bound = [&](size_t parameter) {
    const Value limit = call.tensor(parameter, type);
    if (is_floating(call.l.dtype(limit)) && !is_floating(type))
      call.l.refuse("clips integers at a fraction, which Keras does not do either");
    return call.l.cast(limit, type);
  };
  x = call.l.binary(Function::minimum, x, bound(2));
  return {call.l.binary(Function::maximum, x, bound(1))};
}

std::vector<Value> cast(OperationCall& call) {
  const Value x = call.tensor(0);
  const auto type = call.dtype(1);
  if (!type) call.l.refuse("is called without a dtype");
  return {call.l.cast(x, *type)};
}

std::vector<Value> converted(OperationCall& call) {
  const Value x = call.tensor(0);
  return {call.l.cast(x, call.dtype(1).value_or(call.l.dtype(x)))};
}

std::vector<Value> identity(OperationCall& call) { return {call.tensor(0)}; }

std::vector<Value> added_all(OperationCall& call) {
  const std::vector<Value> all = call.tensors(0);
  Value sum = all[0];
  for (size_t i = 1; i < all.size(); ++i) sum = call.l.add(sum, all[i]);
  return {sum};
}

}  // namespace

std::vector<Operation> arithmetic_operations() {
  return {
      binary({"Add"}, {"__operators__.add", "math.add", "add"}, Function::add),
      binary({"Subtract"}, {"math.subtract", "subtract"}, Function::subtract),
      binary({"Multiply"}, {"math.multiply", "multiply"}, Function::multiply),
      {{"TrueDivide", "Divide"}, {"math.truediv", "math.divide", "truediv", "divide"}, {"x1|x", "x2|y"}, divided, 2},
      {{"DivideNoNan"}, {"math.divide_no_nan"}, {"x1|x", "x2|y"}, divided_no_nan, 2},
      {{"FloorDivide"}, {"compat.v1.floor_div", "math.floordiv"}, kOperands, floor_divided, 2},
      remainder({"Mod"}, {"math.floormod", "math.mod"}, Function::floor_mod),
      remainder({"Fmod"}, {"truncatemod"}, Function::trunc_mod),
      {{}, {"truncatediv"}, kOperands, truncated_quotient, 2},
      {{}, {"realdiv"}, kOperands, real_quotient, 2},
      binary({"Power"}, {"math.pow", "pow"}, Function::power),
      binary({"Maximum"}, {"math.maximum", "maximum"}, Function::maximum),
      binary({"Minimum"}, {"math.minimum", "minimum"}, Function::minimum),
      {{"Arctan2"}, {"math.atan2"}, {"x1|y", "x2|x"}, arctangent, 2},
      comparison({"Equal"}, {"__operators__.eq", "math.equal", "equal"}, Function::equal),
      comparison({"NotEqual"}, {"__operators__.ne", "math.not_equal", "not_equal"}, Function::not_equal),
      comparison({"Less"}, {"math.less", "less"}, Function::less),
      comparison({"LessEqual"}, {"math.less_equal", "less_equal"}, Function::less_equal),
      comparison({"Greater"}, {"math.greater", "greater"}, Function::greater),
      comparison({"GreaterEqual"}, {"math.greater_equal", "greater_equal"}, Function::greater_equal),
      logical({"LogicalAnd"}, {"math.logical_and", "logical_and"}, Function::logical_and),
      logical({"LogicalOr"}, {"math.logical_or", "logical_or"}, Function::logical_or),
      logical({"LogicalXor"}, {"math.logical_xor"}, Function::logical_xor),
      {{}, {"math.squared_difference"}, {"x", "y"}, squared_difference},
      {{"Where"}, {"where"}, {"condition", "x1|x", "x2|y"}, where, 3},
      {{"Clip"}, {"clip_by_value"}, {"x|t", "x_min|clip_value_min", "x_max|clip_value_max"}, clipped},
      {{"Cast"}, {"cast"}, {"x", "dtype"}, cast},
      {{"Array", "ConvertToTensor"},
       {"convert_to_tensor"},
       {"x|value", "dtype"},
       converted,
       1,
       {"sparse=None|False", "ragged=None|False", "dtype_hint=None"}},
      {{"Copy", "StopGradient"}, {"identity", "stop_gradient"}, {"x|input|variable"}, identity},
      {{}, {"math.add_n"}, {"inputs"}, added_all},
  };
}

}  // namespace keraunos::loader
