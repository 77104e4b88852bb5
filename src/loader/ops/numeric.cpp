// Functions of numbers that combine others: roots, angles, logarithms of sums, comparisons with tolerance.
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "loader/ops/conversions.h"

namespace keraunos::loader {
namespace {

using PythonNumbers = OperationCall::PythonNumbers;
using Pair = std::pair<Value, Value>;

// Integers become float32, those of 64 bits float64.
DType wide_type(DType type) { return is_floating(type) ? type : type == DType::int64 ? DType::float64 : DType::float32; }

Value compared(OperationCall& call, Function how, Value x, double with) {
  return call.l.binary(how, x, number_like(call, with, x));
}

Operation of_one(const char* name, Value (*body)(OperationCall&, Value)) {
  return {{name}, {}, {"x"}, [body](OperationCall& call) -> std::vector<Value> { return {body(call, call.tensor(0))}; }};
}

Operation of_tensorflow(const char* name, Value (*body)(OperationCall&, Value)) {
  return {{}, {name}, {"input|x"}, [body](OperationCall& call) -> std::vector<Value> { return {body(call, call.tensor(0))}; }};
}

Operation of_two(const char* name, Value (*body)(OperationCall&, Value, Value), PythonNumbers numbers = PythonNumbers::strong) {
  const auto run = [body, numbers](OperationCall& call) -> std::vector<Value> {
    const auto [a, b] = call.operands(0, 1, numbers);
    return {body(call, a, b)};
  };
  return {{name}, {}, {"x1", "x2"}, run, 2};
}

Value cube_root(OperationCall& call, Value given) {
  const Value x = call.l.cast(given, wide_type(call.l.dtype(given)));
  const Value root = call.l.binary(Function::power, call.l.unary(Function::abs, x), number_like(call, 1.0 / 3, x));
  return call.l.multiply(call.l.unary(Function::sign, x), root);
}

// The factor is rounded to the operand's dtype.
Value scaled(OperationCall& call, Value given, double by) {
  const Value x = call.l.cast(given, wide_type(call.l.dtype(given)));
  return call.l.multiply(x, by);
}

Value to_radians(OperationCall& call, Value x) { return scaled(call, x, std::numbers::pi / 180); }
Value to_degrees(OperationCall& call, Value x) { return scaled(call, x, 180 / std::numbers::pi); }

Value power_of_two(OperationCall& call, Value given) {
  const Value x = as_float(call, given);
  return call.l.binary(Function::power, number_like(call, 2, x), x);
}

Value absolute(OperationCall& call, Value x) { return call.l.unary(Function::abs, as_float(call, x)); }

Value heaviside(OperationCall& call, Value a, Value b) {
  const DType type = wide_type(call.l.dtype(a));
  const Value x = call.l.cast(a, type), at_zero = call.l.cast(b, type);
  const Value above = call.l.select(compared(call, Function::greater, x, 0), number_like(call, 1, x), at_zero);
  return call.l.select(compared(call, Function::less, x, 0), number_like(call, 0, x), above);
}

// Scaled by the larger leg, so that squares do not overflow.
Value hypotenuse(OperationCall& call, Value a, Value b) {
  const DType type = wide_type(call.l.dtype(a));
  const Value x = call.l.unary(Function::abs, call.l.cast(a, type)), y = call.l.unary(Function::abs, call.l.cast(b, type));
  const Value longer = call.l.binary(Function::maximum, x, y), shorter = call.l.binary(Function::minimum, x, y);
  const Value none = compared(call, Function::equal, longer, 0);
  const Value ratio = call.l.select(none, number_like(call, 0, x), call.l.divide(shorter, longer));
  return call.l.multiply(longer, call.l.unary(Function::sqrt, call.l.add(call.l.unary(Function::square, ratio), 1)));
}

// A NaN is ignored where the other operand is a number.
Value extreme(OperationCall& call, Function how, Value a, Value b) {
  const Value y = call.l.binary(how, a, b);
  if (!is_floating(call.l.dtype(a))) return y;
  const Value otherwise = call.l.select(call.l.unary(Function::is_nan, b), a, y);
  return call.l.select(call.l.unary(Function::is_nan, a), b, otherwise);
}

Value larger(OperationCall& call, Value a, Value b) { return extreme(call, Function::maximum, a, b); }
Value smaller(OperationCall& call, Value a, Value b) { return extreme(call, Function::minimum, a, b); }

// log(base^a + base^b); where the difference is NaN (equal infinities), the result is a + b.
Value log_of_sum(OperationCall& call, Value given, Value other, double log_base) {
  const Value a = as_float(call, given), b = as_float(call, other), apart = call.l.subtract(a, b);
  Value below = call.l.unary(Function::negate, call.l.unary(Function::abs, apart));
  if (log_base != 1) below = call.l.multiply(below, log_base);
  Value rest = call.l.unary(Function::log1p, call.l.unary(Function::exp, below));
  if (log_base != 1) rest = call.l.divide(rest, number_like(call, log_base, rest));
  return call.l.select(call.l.unary(Function::is_nan, apart), call.l.add(a, b),
                       call.l.add(call.l.binary(Function::maximum, a, b), rest));
}

Value log_of_sum_of_exponentials(OperationCall& call, Value a, Value b) { return log_of_sum(call, a, b, 1); }
Value log2_of_sum_of_powers(OperationCall& call, Value a, Value b) { return log_of_sum(call, a, b, std::numbers::ln2); }

std::vector<Value> ldexp(OperationCall& call) {
  const Value given = call.tensor(0), exponent = call.tensor(1);
  if (is_floating(call.l.dtype(exponent))) call.l.refuse("has an exponent that is no integer, which Keras does not take either");
  const Value x = as_float(call, given);
  const Value power = call.l.binary(Function::power, number_like(call, 2, x), call.l.cast(exponent, call.l.dtype(x)));
  const Value kept =
      call.l.binary(Function::logical_or, call.l.unary(Function::is_infinite, x), compared(call, Function::equal, x, 0));
  return {call.l.select(kept, x, call.l.multiply(x, power))};
}

Value normalised_sine(OperationCall& call, Value given) {
  const Value x = as_float(call, given), angle = call.l.multiply(x, std::numbers::pi);
  return call.l.select(compared(call, Function::equal, x, 0), number_like(call, 1, x),
                       call.l.divide(call.l.unary(Function::sin, angle), angle));
}

std::vector<Value> nan_to_num(OperationCall& call) {
  const Value x = call.tensor(0);
  const double most = largest_number(call.l.dtype(x));
  return {with_numbers(call, x, {.nan = call.number(1, 0), .high = call.number(2, most), .low = call.number(3, -most)})};
}

// For real numbers, the only ones here.
Value itself(OperationCall&, Value x) { return x; }
Value imaginary_part(OperationCall& call, Value x) { return call.l.broadcast_to(number_like(call, 0, x), call.l.shape(x)); }
Value argument(OperationCall& call, Value given) {
  const Value x = as_float(call, given);
  return call.l.select(compared(call, Function::less, x, 0), number_like(call, std::numbers::pi, x), number_like(call, 0, x));
}
Value is_real(OperationCall& call, Value x) { return call.l.broadcast_to(call.l.scalar(1, DType::boolean), call.l.shape(x)); }

Value is_value(OperationCall& call, Value x, double value) {
  if (is_floating(call.l.dtype(x))) return compared(call, Function::equal, x, value);
  return call.l.broadcast_to(call.l.scalar(0, DType::boolean), call.l.shape(x));
}
Value is_positive_infinity(OperationCall& call, Value x) { return is_value(call, x, kInfinity); }
Value is_negative_infinity(OperationCall& call, Value x) { return is_value(call, x, -kInfinity); }

struct Tolerance {
  double relative, absolute;
  bool equal_nan;
};

// |a − b| ≤ absolute + relative·|b|; values of other types than floating ones are compared exactly.
Value close(OperationCall& call, Value a, Value b, const Tolerance& within) {
  if (!is_floating(call.l.dtype(a))) return call.l.binary(Function::equal, a, b);
  const Value apart = call.l.unary(Function::abs, call.l.subtract(a, b));
  const Value most = call.l.add(call.l.multiply(call.l.unary(Function::abs, b), within.relative), within.absolute);
  const Value is_close = call.l.binary(Function::less_equal, apart, most);
  if (!within.equal_nan) return is_close;
  const Value both = call.l.binary(Function::logical_and, call.l.unary(Function::is_nan, a), call.l.unary(Function::is_nan, b));
  return call.l.binary(Function::logical_or, is_close, both);
}

std::vector<Value> is_close(OperationCall& call) {
  const auto [a, b] = call.operands(0, 1, PythonNumbers::strong);
  return {close(call, a, b, {call.number(2, 1e-5), call.number(3, 1e-8), call.flag(4, false)})};
}

std::vector<Value> all_close(OperationCall& call) {
  const Value each = is_close(call)[0];
  std::vector<int> axes(static_cast<size_t>(call.l.rank(each)));
  std::iota(axes.begin(), axes.end(), 0);
  return {call.l.reduce(Reduction::all, each, axes)};
}

}  // namespace

std::vector<Operation> numeric_operations() {
  return {
      of_one("Cbrt", cube_root),
      of_one("Deg2rad", to_radians),
      of_one("Rad2deg", to_degrees),
      of_one("Exp2", power_of_two),
      of_one("Fabs", absolute),
      of_one("Sinc", normalised_sine),
      of_one("Real", itself),
      of_tensorflow("math.real", itself),
      of_tensorflow("math.conj", itself),
      of_tensorflow("math.imag", imaginary_part),
      of_tensorflow("math.angle", argument),
      of_one("Conj", itself),
      of_one("Conjugate", itself),
      of_one("Imag", imaginary_part),
      of_one("Angle", argument),
      of_one("Isreal", is_real),
      of_one("Isposinf", is_positive_infinity),
      of_one("Isneginf", is_negative_infinity),
      of_two("Heaviside", heaviside),
      of_two("Hypot", hypotenuse),
      of_two("Fmax", larger, PythonNumbers::weak),
      of_two("Fmin", smaller, PythonNumbers::weak),
      of_two("Logaddexp", log_of_sum_of_exponentials),
      of_two("Logaddexp2", log2_of_sum_of_powers),
      {{"Ldexp"}, {}, {"x1", "x2"}, ldexp, 2},
      {{"NanToNum"}, {}, {"x", "nan", "posinf", "neginf"}, nan_to_num},
      {{"Isclose"}, {}, {"x1", "x2", "rtol", "atol", "equal_nan"}, is_close, 4},
      {{"AllClose"}, {}, {"x1", "x2", "rtol", "atol", "equal_nan"}, all_close, 2},
  };
}

}  // namespace keraunos::loader
