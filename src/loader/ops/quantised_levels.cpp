#include "loader/ops/quantised_levels.h"

namespace keraunos::loader {

Value fake_quantised(Lowering& l, Value x, Value low, Value high, int64_t bits, bool narrow) {
  const DType type = l.dtype(x);
  const auto number = [&](double value) { return l.scalar(value, type); };
  const double first = narrow ? 1 : 0, last = static_cast<double>((int64_t{1} << bits) - 1);
  low = l.cast(low, type), high = l.cast(high, type);
  const Value scale = l.divide(l.subtract(high, low), number(last - first));
  const Value place = l.subtract(number(first), l.divide(low, scale));
  const Value inside = l.binary(Function::minimum, l.binary(Function::maximum, place, number(first)), number(last));
  const Value zero = l.unary(Function::floor, l.add(inside, 0.5));
  const Value least = l.multiply(l.subtract(number(first), zero), scale),
              most = l.multiply(l.subtract(number(last), zero), scale);
  const Value steps = l.divide(number(1), scale);
  const Value zero_step = l.unary(Function::floor, l.add(l.multiply(l.unary(Function::negate, least), steps), 0.5));
  const Value clamped = l.binary(Function::maximum, l.binary(Function::minimum, x, most), least);
  const Value shifted = l.subtract(l.multiply(l.subtract(clamped, least), steps), zero_step);
  const Value y = l.multiply(l.unary(Function::floor, l.add(shifted, 0.5)), scale);
  const auto is_zero = [&](Value v) { return l.binary(Function::equal, v, number(0)); };
  const Value empty = l.binary(Function::logical_and, is_zero(low), is_zero(high));
  return l.select(l.broadcast_to(empty, l.shape(y)), l.broadcast_to(number(0), l.shape(y)), y);
}

}  // namespace keraunos::loader
