// Elementwise operations: arithmetic, comparisons, logic, casts, where, clip.
#include "loader/ops/operation.h"

namespace keraunos::loader {
namespace {

using Names = std::vector<std::string>;

// Functions that compute in floating point take integers as float32 (Keras 3; TensorFlow refuses them).
Value as_floating(OperationCall& call, Value x) { return is_floating(call.l.dtype(x)) ? x : call.l.cast(x, DType::float32); }

Operation floating(Names keras, Names tensorflow, Function function) {
  return {std::move(keras), std::move(tensorflow), {"x|features|logits"}, [function](OperationCall& call) -> std::vector<Value> {
            return {call.l.unary(function, as_floating(call, call.tensor(0)))};
          }};
}

Operation unary(Names keras, Names tensorflow, Function function) {
  return {std::move(keras), std::move(tensorflow), {"x"}, [function](OperationCall& call) -> std::vector<Value> {
            return {call.l.unary(function, call.tensor(0))};
          }};
}

Operation binary(Names keras, Names tensorflow, Function function) {
  return {std::move(keras), std::move(tensorflow), {"x1|x|a", "x2|y|b"}, [function](OperationCall& call) -> std::vector<Value> {
            const auto [a, b] = call.operands();
            return {call.l.binary(function, a, b)};
          }};
}

Operation logical(Names keras, Names tensorflow, Function function) {
  return {std::move(keras), std::move(tensorflow), {"x1|x", "x2|y"}, [function](OperationCall& call) -> std::vector<Value> {
            const Value a = call.l.cast(call.tensor(0), DType::boolean), b = call.l.cast(call.tensor(1), DType::boolean);
            return {call.l.binary(function, a, b)};
          }};
}

// Integers divide in floating point: float32 in Keras 3, float64 for 32 and 64 bits in TensorFlow.
std::vector<Value> divided(OperationCall& call) {
  auto [a, b] = call.operands();
  const DType type = call.l.dtype(a);
  if (!is_floating(type)) {
    const DType wide = !call.is_keras3() && size_of(type) >= 4 ? DType::float64 : DType::float32;
    a = call.l.cast(a, wide), b = call.l.cast(b, wide);
  }
  return {call.l.divide(a, b)};
}

std::vector<Value> divided_no_nan(OperationCall& call) {
  const auto [a, b] = call.operands();
  const Value zero = call.l.scalar(0, call.l.dtype(b));
  return {call.l.select(call.l.binary(Function::equal, b, zero), zero, call.l.divide(a, b))};
}

std::vector<Value> squared_difference(OperationCall& call) {
  const auto [a, b] = call.operands();
  return {call.l.unary(Function::square, call.l.subtract(a, b))};
}

std::vector<Value> where(OperationCall& call) {
  const Value condition = call.l.cast(call.tensor(0), DType::boolean);
  if (!call.has(1) || !call.has(2)) call.l.refuse("is called without branches, so that its shape depends on data");
  const auto [then, otherwise] = call.operands(1, 2);
  return {call.l.select(condition, then, otherwise)};
}

std::vector<Value> clipped(OperationCall& call) {
  Value x = call.tensor(0);
  if (call.has(1)) x = call.l.binary(Function::maximum, x, call.l.cast(call.tensor(1, call.l.dtype(x)), call.l.dtype(x)));
  if (call.has(2)) x = call.l.binary(Function::minimum, x, call.l.cast(call.tensor(2, call.l.dtype(x)), call.l.dtype(x)));
  return {x};
}

std::vector<Value> cast(OperationCall& call) {
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
      {{"TrueDivide", "Divide"}, {"math.truediv", "math.divide", "truediv", "divide"}, {"x1|x", "x2|y"}, divided},
      {{"DivideNoNan"}, {"math.divide_no_nan"}, {"x1|x", "x2|y"}, divided_no_nan},
      binary({"FloorDivide"}, {"compat.v1.floor_div", "math.floordiv", "math.floor_div"}, Function::floor_divide),
      binary({"Mod"}, {"math.floormod", "math.mod"}, Function::floor_mod),
      binary({"Fmod"}, {}, Function::trunc_mod),
      binary({"Power"}, {"math.pow", "pow"}, Function::power),
      binary({"Maximum"}, {"math.maximum", "maximum"}, Function::maximum),
      binary({"Minimum"}, {"math.minimum", "minimum"}, Function::minimum),
      binary({"Arctan2"}, {"math.atan2"}, Function::atan2),
      binary({"Equal"}, {"math.equal", "equal"}, Function::equal),
      binary({"NotEqual"}, {"math.not_equal", "not_equal"}, Function::not_equal),
      binary({"Less"}, {"math.less", "less"}, Function::less),
      binary({"LessEqual"}, {"math.less_equal", "less_equal"}, Function::less_equal),
      binary({"Greater"}, {"math.greater", "greater"}, Function::greater),
      binary({"GreaterEqual"}, {"math.greater_equal", "greater_equal"}, Function::greater_equal),
      logical({"LogicalAnd"}, {"math.logical_and", "logical_and"}, Function::logical_and),
      logical({"LogicalOr"}, {"math.logical_or", "logical_or"}, Function::logical_or),
      logical({"LogicalXor"}, {"math.logical_xor"}, Function::logical_xor),
      {{"LogicalNot"}, {"math.logical_not", "logical_not"}, {"x"}, [](OperationCall& call) -> std::vector<Value> {
         return {call.l.unary(Function::logical_not, call.l.cast(call.tensor(0), DType::boolean))};
       }},
      {{}, {"math.squared_difference"}, {"x", "y"}, squared_difference},
      unary({"Negative"}, {"math.negative", "negative"}, Function::negate),
      unary({"Absolute", "Abs"}, {"math.abs", "abs"}, Function::abs),
      unary({"Sign"}, {"math.sign", "sign"}, Function::sign),
      unary({"Floor"}, {"math.floor", "floor"}, Function::floor),
      unary({"Ceil"}, {"math.ceil"}, Function::ceil),
      unary({"Trunc"}, {}, Function::trunc),
      unary({}, {"math.round", "round"}, Function::round_even),
      unary({"Square"}, {"math.square", "square"}, Function::square),
      unary({"Isnan"}, {"math.is_nan"}, Function::is_nan),
      unary({"Isinf"}, {"math.is_inf"}, Function::is_infinite),
      unary({"Isfinite"}, {"math.is_finite"}, Function::is_finite),
      floating({"Sqrt"}, {"math.sqrt", "sqrt"}, Function::sqrt),
      floating({"Rsqrt"}, {"math.rsqrt"}, Function::rsqrt),
      floating({"Reciprocal"}, {"math.reciprocal"}, Function::reciprocal),
      floating({"Exp"}, {"math.exp", "exp"}, Function::exp),
      floating({"Expm1"}, {"math.expm1"}, Function::expm1),
      floating({"Log"}, {"math.log"}, Function::log),
      floating({"Log1p"}, {"math.log1p"}, Function::log1p),
      floating({"Log2"}, {}, Function::log2),
      floating({"Log10"}, {}, Function::log10),
      floating({"Sin"}, {"math.sin", "sin"}, Function::sin),
      floating({"Cos"}, {"math.cos", "cos"}, Function::cos),
      floating({"Tan"}, {"math.tan", "tan"}, Function::tan),
      floating({"Arcsin"}, {"math.asin"}, Function::asin),
      floating({"Arccos"}, {"math.acos"}, Function::acos),
      floating({"Arctan"}, {"math.atan"}, Function::atan),
      floating({"Sinh"}, {"math.sinh"}, Function::sinh),
      floating({"Cosh"}, {"math.cosh"}, Function::cosh),
      floating({"Arcsinh"}, {"math.asinh"}, Function::asinh),
      floating({"Arccosh"}, {"math.acosh"}, Function::acosh),
      floating({"Arctanh"}, {"math.atanh"}, Function::atanh),
      floating({"Erf"}, {"math.erf"}, Function::erf),
      floating({"Erfc"}, {"math.erfc"}, Function::erfc),
      {{"Where"}, {"where"}, {"condition", "x1|x", "x2|y"}, where},
      {{"Clip"}, {"clip_by_value"}, {"x|t", "x_min|clip_value_min", "x_max|clip_value_max"}, clipped},
      {{"Cast"}, {"cast"}, {"x", "dtype"}, cast},
      {{"Copy", "StopGradient", "Array", "ConvertToTensor"}, {"identity", "stop_gradient", "convert_to_tensor"}, {"x|value|input|variable"}, identity},
      {{}, {"math.add_n"}, {"inputs"}, added_all},
  };
}

}  // namespace keraunos::loader
