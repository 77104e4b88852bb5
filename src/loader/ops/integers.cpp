// Bit operations and divisors of integers.
#include "loader/ops/conversions.h"

namespace keraunos::loader {
namespace {

using Names = std::vector<std::string>;
using PythonNumbers = OperationCall::PythonNumbers;

void require_integers(OperationCall& call, Value v) {
  const DType type = call.l.dtype(v);
  if (is_floating(type) || type == DType::boolean)
    call.l.refuse("computes with " + std::string(name_of(type)) + ", which Keras does not do either");
}

std::pair<Value, Value> integer_operands(OperationCall& call, PythonNumbers numbers) {
  const auto both = call.operands(0, 1, numbers);
  require_integers(call, both.first);
  return both;
}

Operation bitwise(Names keras, const char* tensorflow, Function function) {
  const auto body = [function](OperationCall& call) -> std::vector<Value> {
    const auto [a, b] = integer_operands(call, PythonNumbers::strong);
    return {call.l.binary(function, a, b)};
  };
  return {std::move(keras), {tensorflow}, {"x", "y"}, body, 2};
}

// Inverts all bits: an exclusive or with ones, which are −1 or the largest number of the dtype.
std::vector<Value> inverted(OperationCall& call) {
  const Value x = call.tensor(0);
  require_integers(call, x);
  const Value ones = call.l.cast(call.l.scalar(-1, DType::int64), call.l.dtype(x));
  return {call.l.binary(Function::bitwise_xor, x, ones)};
}

// TensorFlow shifts by 0 to bits − 1 places.
Value shift_places(OperationCall& call, Value y) {
  const auto most = static_cast<double>(size_of(call.l.dtype(y)) * 8 - 1);
  const Value least = call.l.binary(Function::maximum, y, number_like(call, 0, y));
  return call.l.binary(Function::minimum, least, number_like(call, most, y));
}

// Programs use signed 64-bit numbers: for an unsigned number the first shift removes the sign bit, the remaining shifts follow.
Value unsigned_shift_right(OperationCall& call, Value x, Value by) {
  const std::vector<uint64_t> positive{uint64_t{INT64_MAX}};
  const Value one = number_like(call, 1, by), mask = call.l.constant(TensorView(positive, Dims{}));
  const Value first = call.l.binary(Function::bitwise_and, call.l.binary(Function::shift_right, x, one), mask);
  const Value moved = call.l.binary(Function::shift_right, first, call.l.subtract(by, one));
  return call.l.select(call.l.binary(Function::equal, by, number_like(call, 0, by)), x, moved);
}

// A Python number does not change the dtype.
std::pair<Value, Value> operands_of_shift(OperationCall& call) {
  const Arg* places = call.find(1);
  if (places == nullptr || !std::holds_alternative<int64_t>(places->value)) return integer_operands(call, PythonNumbers::weak);
  const Value x = call.tensor(0);
  require_integers(call, x);
  return {x, call.tensor(1, call.l.dtype(x))};
}

Operation shifted(Names keras, const char* tensorflow, Function function) {
  const auto body = [function](OperationCall& call) -> std::vector<Value> {
    const auto [x, y] = operands_of_shift(call);
    const Value by = shift_places(call, y);
    if (function == Function::shift_right && call.l.dtype(x) == DType::uint64) return {unsigned_shift_right(call, x, by)};
    return {call.l.binary(function, x, by)};
  };
  return {std::move(keras), {tensorflow}, {"x", "y"}, body, 2};
}

Operation of_divisors(const char* name, Function function) {
  const auto body = [function](OperationCall& call) -> std::vector<Value> {
    const auto [a, b] = integer_operands(call, PythonNumbers::strong);
    return {call.l.binary(function, call.l.unary(Function::abs, a), call.l.unary(Function::abs, b))};
  };
  return {{name}, {}, {"x1", "x2"}, body, 2};
}

}  // namespace

std::vector<Operation> integers_operations() {
  return {
      bitwise({"BitwiseAnd"}, "bitwise.bitwise_and", Function::bitwise_and),
      bitwise({"BitwiseOr"}, "bitwise.bitwise_or", Function::bitwise_or),
      bitwise({"BitwiseXor"}, "bitwise.bitwise_xor", Function::bitwise_xor),
      {{"BitwiseInvert", "BitwiseNot"}, {"bitwise.invert"}, {"x"}, inverted},
      shifted({"BitwiseLeftShift", "LeftShift"}, "bitwise.left_shift", Function::shift_left),
      shifted({"BitwiseRightShift", "RightShift"}, "bitwise.right_shift", Function::shift_right),
      of_divisors("Gcd", Function::gcd),
      of_divisors("Lcm", Function::lcm),
  };
}

}  // namespace keraunos::loader
