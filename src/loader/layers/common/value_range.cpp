#include "loader/layers/common/value_range.h"

#include <utility>

#include "loader/layers/common/numbers.h"

namespace keraunos::loader {

ValueRange value_range(const Config& config, bool sorts) {
  if (!config.has("value_range")) return {};
  const Tensor numbers = array_of(config, "value_range");
  if (numbers.dims() != Dims{2}) config.fail("value_range", "a list of two numbers");
  double low = numbers.values<double>()[0], high = numbers.values<double>()[1];
  if (sorts && high < low) std::swap(low, high);
  return {low, high};
}

Value moved_to(Lowering& l, Value x, const ValueRange& from, const ValueRange& to) {
  if (from.low == to.low && from.high == to.high) return x;
  const auto number = [&](double value) { return l.scalar(value, l.dtype(x)); };
  const Value share = l.divide(l.subtract(x, number(from.low)), l.subtract(number(from.high), number(from.low)));
  return l.add(l.multiply(share, l.subtract(number(to.high), number(to.low))), number(to.low));
}

}  // namespace keraunos::loader
