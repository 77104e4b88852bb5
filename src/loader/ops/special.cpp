// Special functions, and products and quotients that are 0 where the plain ones are NaN.
#include "loader/ops/conversions.h"

namespace keraunos::loader {
namespace {

Value real_operand(OperationCall& call) {
  const Value x = call.tensor(0);
  if (!is_floating(call.l.dtype(x)))
    call.l.refuse("computes with " + std::string(name_of(call.l.dtype(x))) + ", which Keras does not do either");
  return x;
}

Operation special(std::vector<std::string> keras, const char* tensorflow, Function function) {
  const auto body = [function](OperationCall& call) -> std::vector<Value> {
    return {call.l.unary(function, real_operand(call))};
  };
  return {std::move(keras), {tensorflow}, {"x"}, body};
}

// Keras accepts integers too: those of 64 bits as float64.
std::vector<Value> keras_i0(OperationCall& call) {
  const Value x = call.tensor(0);
  const DType type = call.l.dtype(x);
  const Value real = is_floating(type) ? x : call.l.cast(x, type == DType::int64 ? DType::float64 : DType::float32);
  return {call.l.unary(Function::bessel_i0, real)};
}

// Keras 3 returns the next float64, also for narrower numbers.
std::vector<Value> next_after(OperationCall& call) {
  const auto [a, b] = call.operands(0, 1, OperationCall::PythonNumbers::strong);
  if (!call.is_keras3()) return {call.l.binary(Function::next_after, a, b)};
  const DType type = is_floating(call.l.dtype(a)) ? call.l.dtype(a) : DType::float32;
  const Value next = call.l.binary(Function::next_after, call.l.cast(a, DType::float64), call.l.cast(b, DType::float64));
  return {call.l.cast(next, type)};
}

std::vector<Value> sign_bit(OperationCall& call) {
  const Value x = call.tensor(0);
  const DType type = call.l.dtype(x);
  const bool never =
      type == DType::boolean || type == DType::uint8 || type == DType::uint16 || type == DType::uint32 || type == DType::uint64;
  if (never) return {call.l.broadcast_to(call.l.scalar(0, DType::boolean), call.l.shape(x))};
  return {call.l.unary(Function::sign_bit, x)};
}

// The result of `body`, or 0 where the operand with that index is 0.
Operation zero_where_zero(const char* tensorflow, bool second, Value (*body)(OperationCall&, Value, Value)) {
  const auto run = [second, body](OperationCall& call) -> std::vector<Value> {
    const auto [x, y] = call.operands();
    const Value zero = number_like(call, 0, x);
    return {call.l.select(call.l.binary(Function::equal, second ? y : x, zero), zero, body(call, x, y))};
  };
  return {{}, {tensorflow}, {"x", "y"}, run, 2};
}

Value product_of_two(OperationCall& call, Value x, Value y) { return call.l.multiply(x, y); }
Value quotient_of(OperationCall& call, Value x, Value y) { return call.l.divide(x, y); }
Value times_log(OperationCall& call, Value x, Value y) { return call.l.multiply(x, call.l.unary(Function::log, y)); }
Value times_log1p(OperationCall& call, Value x, Value y) { return call.l.multiply(x, call.l.unary(Function::log1p, y)); }

std::vector<Value> reciprocal_no_nan(OperationCall& call) {
  const Value x = real_operand(call), zero = number_like(call, 0, x);
  return {call.l.select(call.l.binary(Function::equal, x, zero), zero, call.l.unary(Function::reciprocal, x))};
}

}  // namespace

std::vector<Operation> special_operations() {
  return {
      special({"Erfinv"}, "math.erfinv", Function::erfinv),
      special({}, "math.lgamma", Function::log_gamma),
      special({}, "math.digamma", Function::digamma),
      special({}, "math.bessel_i0", Function::bessel_i0),
      special({}, "math.bessel_i0e", Function::bessel_i0e),
      special({}, "math.bessel_i1", Function::bessel_i1),
      special({}, "math.bessel_i1e", Function::bessel_i1e),
      special({}, "math.rint", Function::round_even),
      {{"I0"}, {}, {"x"}, keras_i0},
      {{"Nextafter"}, {"math.nextafter"}, {"x1", "x2"}, next_after, 2},
      {{"Signbit"}, {}, {"x"}, sign_bit},
      zero_where_zero("math.multiply_no_nan", true, product_of_two),
      zero_where_zero("math.xdivy", false, quotient_of),
      zero_where_zero("math.xlogy", false, times_log),
      zero_where_zero("math.xlog1py", false, times_log1p),
      {{}, {"math.reciprocal_no_nan"}, {"x"}, reciprocal_no_nan},
  };
}

}  // namespace keraunos::loader
