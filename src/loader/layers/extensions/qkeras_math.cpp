#include "loader/layers/extensions/qkeras_math.h"

#include <cmath>
#include <numeric>

#include "loader/files/json.h"
#include "loader/layers/common/axes.h"

namespace keraunos::loader::qkeras {

Value operand(Lowering& l) { return l.cast(l.input().value, DType::float32); }

Value through(Lowering& l, Value x, Value y) { return l.add(x, l.subtract(y, x)); }

Value rounded(Lowering& l, Value x) { return through(l, x, l.unary(Function::round_even, x)); }

Value clipped(Lowering& l, Value x, double low, double high) {
  const DType type = l.dtype(x);
  return l.binary(Function::maximum, l.binary(Function::minimum, x, l.scalar(high, type)), l.scalar(low, type));
}

Value sign_of(Lowering& l, Value x) {
  const DType type = l.dtype(x);
  return l.select(l.binary(Function::less, x, l.scalar(0, type)), l.scalar(-1, type), l.scalar(1, type));
}

Value power_of_two(Lowering& l, Value exponent) { return l.binary(Function::power, l.scalar(2, l.dtype(exponent)), exponent); }

Value log2_of(Lowering& l, Value x) { return l.divide(l.unary(Function::log, x), l.scalar(std::log(2.0), l.dtype(x))); }

Value rectified(Lowering& l, Value x, double slope) {
  return slope == 0 ? l.unary(Function::relu, x) : l.unary(Function::leaky_relu, x, slope);
}

Value hard_sigmoid(Lowering& l, Value x) { return clipped(l, l.add(l.multiply(x, 0.5), 0.5), 0, 1); }

Value answer(Lowering& l, Value x, Value quantised) {
  const double factor = l.config().number("qnoise_factor", 1, RealRange{0, 1});
  if (!l.config().flag("use_ste", true)) return l.add(l.multiply(x, 1 - factor), l.multiply(quantised, factor));
  if (factor == 1) return through(l, x, quantised);
  return l.add(x, l.multiply(l.subtract(quantised, x), factor));
}

Alpha alpha_of(const Config& config) {
  const files::Json* alpha = config.find("alpha");
  if (alpha == nullptr) return {};
  if (alpha->is_number()) return {.given = true, .number = alpha->as_double()};
  if (!alpha->is_string() || (alpha->as_string() != "auto" && alpha->as_string() != "auto_po2"))
    config.fail("alpha", "null, a number, \"auto\" or \"auto_po2\"");
  return {.automatic = true, .power_of_two = alpha->as_string() == "auto_po2", .given = true};
}

std::vector<int> axes_of_scale(const Lowering& l, Value x) {
  const int rank = l.rank(x);
  if (rank < 2) return other_axes(rank, {});
  const int64_t channel = l.config().integer("scale_axis", rank - 1, Range{0, rank - 1});
  return other_axes(rank, {static_cast<int>(channel)});
}

Value nearest_power_of_two(Lowering& l, Value scale) {
  return power_of_two(l, l.unary(Function::round_even, log2_of(l, l.add(scale, kEpsilon))));
}

Value fitted_scale(Lowering& l, const Alpha& alpha, Value x, Value q) {
  Value along = l.multiply(x, q), size = l.multiply(q, q);
  if (l.rank(x) > 1) {
    const std::vector<int> axes = axes_of_scale(l, x);
    along = l.reduce(Reduction::mean, along, axes, true);
    size = l.reduce(Reduction::mean, size, axes, true);
  }
  const Value scale = l.divide(along, l.add(size, kEpsilon));
  return alpha.power_of_two ? nearest_power_of_two(l, scale) : scale;
}

LayerDef quantiser(const std::vector<std::string>& names, std::set<std::string> keys, Value (*compute)(Lowering&, Value)) {
  std::vector<std::string> classes;
  for (const std::string& name : names) {
    classes.push_back("qkeras>" + name);
    if (name.starts_with("quantized_")) classes.push_back(name);  // other names, like "binary", may belong to any library
  }
  return {.classes = std::move(classes),
          .keys = std::move(keys),
          .lower =
              [compute](Lowering& l) {
                return std::vector<Traced>{{compute(l, operand(l)), l.input().mask}};
              },
          .autocast = false};
}

}  // namespace keraunos::loader::qkeras
