// QKeras 0.9.0 (Keras 2) and qkeras-v3 1.2.1 (Keras 3): quantisers to powers of two. `bits` contain the number's sign and a
// signed exponent; the exponent needs no sign bit if no number exceeds 1.
#include <cmath>

#include "loader/layers/extensions/qkeras_math.h"

namespace keraunos::loader {

std::vector<LayerDef> qkeras_po2_layers();

namespace {

using namespace qkeras;

struct Exponents {
  double least, most;
  bool quadratic, floor;
  std::optional<double> largest;
};

Exponents exponents_of(const Lowering& l, int64_t bits) {
  const Config& config = l.config();
  std::optional<double> largest;
  if (config.has("max_value")) largest = config.number("max_value", 0, RealRange{0, 1e30});
  const int64_t effective = bits - (!largest || *largest > 1 ? 1 : 0);
  const bool quadratic = config.flag("quadratic_approximation", false);
  double most = std::exp2(static_cast<double>(effective)) - 1;
  if (quadratic) most = 2 * std::floor(most / 2);
  return {-std::exp2(static_cast<double>(effective)), most, quadratic,
          config.text("log2_rounding", "rnd", {"rnd", "floor"}) == "floor", largest};
}

// The exponent for a magnitude. With the quadratic approximation it is even: twice that of the square root.
Value exponent_for(Lowering& l, Value magnitude, const Exponents& range) {
  const DType type = l.dtype(magnitude);
  const Value tiny = l.binary(Function::less, magnitude, l.scalar(kEpsilon, type));
  Value kept = l.select(tiny, l.scalar(kEpsilon, type), magnitude);
  if (range.largest) {
    const Value limit = l.scalar(*range.largest, type);
    kept = l.select(l.binary(Function::greater_equal, kept, limit), limit, kept);
  }
  const Value exponent = log2_of(l, range.quadratic ? l.unary(Function::sqrt, kept) : kept);
  const Value whole = range.floor ? through(l, exponent, l.unary(Function::floor, exponent)) : rounded(l, exponent);
  const Value inside = l.multiply(clipped(l, whole, range.least, range.most), range.quadratic ? 2.0 : 1.0);
  return l.select(tiny, l.scalar(range.least, type), inside);
}

Value of_po2(Lowering& l, Value x) {
  const Exponents range = exponents_of(l, l.config().integer("bits", 8, Range{1, 8}) - 1);
  const Value exponent = exponent_for(l, l.unary(Function::abs, x), range);
  return answer(l, x, l.multiply(sign_of(l, x), power_of_two(l, exponent)));
}

Value of_relu_po2(Lowering& l, Value x) {
  const Exponents range = exponents_of(l, l.config().integer("bits", 8, Range{1, 8}));
  const double slope = l.config().number("negative_slope", 0, RealRange{0, 1});
  Value unquantised = rectified(l, x, slope);
  if (range.largest) {
    const Value limit = l.scalar(*range.largest, l.dtype(x));
    unquantised = l.select(l.binary(Function::less_equal, x, limit), unquantised, limit);
  }
  Value q = power_of_two(l, exponent_for(l, l.unary(Function::relu, x), range));
  if (slope != 0) {
    const Value below = l.multiply(l.unary(Function::relu, l.unary(Function::negate, x)), slope);
    const Value negative = l.unary(Function::negate, power_of_two(l, exponent_for(l, below, range)));
    q = l.select(l.binary(Function::greater_equal, x, l.scalar(0, l.dtype(x))), q, negative);
  }
  return answer(l, unquantised, q);
}

}  // namespace

std::vector<LayerDef> qkeras_po2_layers() {
  std::set<std::string> keys{"bits",
                             "max_value",
                             "use_stochastic_rounding",
                             "quadratic_approximation",
                             "log2_rounding",
                             "qnoise_factor",
                             "var_name",
                             "use_ste",
                             "use_variables"};
  LayerDef plain = quantiser({"quantized_po2"}, keys, of_po2);
  keys.insert("negative_slope");
  return {std::move(plain), quantiser({"quantized_relu_po2"}, std::move(keys), of_relu_po2)};
}

}  // namespace keraunos::loader
