// Elementwise functions of one tensor.
#include <cmath>

#include "loader/ops/conversions.h"

namespace keraunos::loader {
namespace {

using Names = std::vector<std::string>;

const std::vector<std::string> kOperand{"x"};

Operation floating(Names keras, Names tensorflow, Function function) {
  const auto body = [function](OperationCall& call) -> std::vector<Value> {
    return {call.l.unary(function, as_float(call, call.tensor(0)))};
  };
  return {std::move(keras), std::move(tensorflow), kOperand, body};
}

// Functions that no Keras version computes for integers.
Operation floating_only(Names keras, Names tensorflow, Function function) {
  const auto body = [function](OperationCall& call) -> std::vector<Value> {
    const Value x = call.tensor(0);
    if (!is_floating(call.l.dtype(x)))
      call.l.refuse("computes with " + std::string(name_of(call.l.dtype(x))) + ", which Keras does not do either");
    return {call.l.unary(function, x)};
  };
  return {std::move(keras), std::move(tensorflow), kOperand, body};
}

Operation unary(Names keras, Names tensorflow, Function function) {
  const auto body = [function](OperationCall& call) -> std::vector<Value> { return {call.l.unary(function, call.tensor(0))}; };
  return {std::move(keras), std::move(tensorflow), kOperand, body};
}

// Keras 3 squares booleans as integers.
std::vector<Value> square(OperationCall& call) {
  const Value x = call.tensor(0);
  return {call.l.unary(Function::square, call.l.dtype(x) == DType::boolean ? call.l.cast(x, DType::int32) : x)};
}

// Truncating and rounding to integers do not change integers and booleans.
Value whole(OperationCall& call, Function function, Value x) {
  return is_floating(call.l.dtype(x)) ? call.l.unary(function, x) : x;
}

std::vector<Value> truncated(OperationCall& call) { return {whole(call, Function::trunc, call.tensor(0))}; }

std::vector<Value> absolute(OperationCall& call) {
  const Value x = call.tensor(0);
  return {call.l.dtype(x) == DType::boolean ? x : call.l.unary(Function::abs, x)};
}

// Keras 3 multiplies by a power of ten, rounds to even and divides; for integers with a negative number of decimals in float32.
std::vector<Value> rounded(OperationCall& call) {
  const Value x = call.tensor(0);
  const int64_t decimals = call.integer(1, 0);
  const DType type = call.l.dtype(x);
  if (decimals < -300 || decimals > 300) call.l.refuse("rounds to " + std::to_string(decimals) + " decimals");
  if (decimals == 0 || (decimals > 0 && !is_floating(type))) return {whole(call, Function::round_even, x)};
  const Value wide = as_float(call, x);
  const Value factor = call.l.scalar(std::pow(10.0, static_cast<double>(decimals)), call.l.dtype(wide));
  return {call.l.cast(call.l.divide(call.l.unary(Function::round_even, call.l.multiply(wide, factor)), factor), type)};
}

std::vector<Value> logical_not(OperationCall& call) {
  return {call.l.unary(Function::logical_not, call.l.cast(call.tensor(0), DType::boolean))};
}

}  // namespace

std::vector<Operation> function_operations() {
  return {
      {{"LogicalNot"}, {"math.logical_not", "logical_not"}, kOperand, logical_not},
      unary({"Negative"}, {"math.negative", "negative"}, Function::negate),
      {{"Absolute", "Abs"}, {"math.abs", "abs"}, kOperand, absolute},
      unary({"Sign"}, {"math.sign", "sign"}, Function::sign),
      floating({"Floor"}, {"math.floor", "floor"}, Function::floor),
      floating({"Ceil"}, {"math.ceil"}, Function::ceil),
      {{"Trunc"}, {}, kOperand, truncated},
      {{"Round"}, {"math.round", "round"}, {"x", "decimals"}, rounded},
      {{"Square"}, {"math.square", "square"}, kOperand, square},
      unary({"Isnan"}, {"math.is_nan"}, Function::is_nan),
      unary({"Isinf"}, {"math.is_inf"}, Function::is_infinite),
      unary({"Isfinite"}, {"math.is_finite"}, Function::is_finite),
      floating({"Sqrt"}, {"math.sqrt", "sqrt"}, Function::sqrt),
      floating_only({"Rsqrt"}, {"math.rsqrt"}, Function::rsqrt),
      floating_only({"Reciprocal"}, {"math.reciprocal"}, Function::reciprocal),
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
      floating({"Tanh"}, {"math.tanh", "tanh", "nn.tanh"}, Function::tanh),
      floating({"Arcsinh"}, {"math.asinh"}, Function::asinh),
      floating({"Arccosh"}, {"math.acosh"}, Function::acosh),
      floating({"Arctanh"}, {"math.atanh"}, Function::atanh),
      floating_only({"Erf"}, {"math.erf"}, Function::erf),
      floating_only({"Erfc"}, {"math.erfc"}, Function::erfc),
  };
}

}  // namespace keraunos::loader
