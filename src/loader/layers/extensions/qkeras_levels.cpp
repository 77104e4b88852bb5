// QKeras 0.9.0 (Keras 2) and qkeras-v3 1.2.1 (Keras 3): quantisers to two or three levels, and functions given by name. The
// stochastic ones draw numbers in training only; bernoulli always draws them and is refused.
#include "loader/layers/extensions/qkeras_math.h"

namespace keraunos::loader {

std::vector<LayerDef> qkeras_levels_layers();

namespace {

using namespace qkeras;

// Without alpha QKeras limits x by tanh for its gradient, and the rounding errors of this stay in the result.
Value scaled_levels(Lowering& l, Value x, const Alpha& alpha, Value scaled) {
  return through(l, alpha.given ? x : l.unary(Function::tanh, x), scaled);
}

Value of_binary(Lowering& l, Value x) {
  const Alpha alpha = alpha_of(l.config());
  if (l.config().flag("use_stochastic_rounding", false))
    l.refuse("rounds stochastically, which QKeras computes at inference for few shapes only");
  Value q = sign_of(l, x);
  if (l.config().flag("use_01", false)) q = l.multiply(l.add(q, 1.0), 0.5);
  const Value scaled = alpha.automatic ? l.multiply(fitted_scale(l, alpha, x, q), q) : l.multiply(q, alpha.number);
  return scaled_levels(l, x, alpha, scaled);
}

Value beyond(Lowering& l, Value magnitude, Value threshold, Value x) {
  return l.multiply(l.cast(l.binary(Function::greater_equal, magnitude, threshold), l.dtype(x)), l.unary(Function::sign, x));
}

// Thresholds and scale are computed alternately: elements beyond half the scale are selected, then the scale is fitted to them.
Value automatic_ternary(Lowering& l, Value x, const Alpha& alpha) {
  const Value largest = l.reduce(Reduction::maximum, l.unary(Function::abs, x), axes_of_scale(l, x), true);
  Value scale = l.divide(l.multiply(largest, 2), l.scalar(3, l.dtype(x)));
  if (alpha.power_of_two) scale = nearest_power_of_two(l, scale);
  Value q;
  const int64_t turns = l.config().integer("number_of_unrolls", 5, Range{1, 100});
  for (int64_t i = 0; i < turns; ++i) {
    const Value v = l.multiply(scale, rounded(l, l.divide(x, scale)));
    q = beyond(l, l.unary(Function::abs, v), l.multiply(scale, 0.5), x);
    scale = fitted_scale(l, alpha, x, q);
  }
  return l.multiply(scale, q);
}

Value of_ternary(Lowering& l, Value x) {
  const Alpha alpha = alpha_of(l.config());
  if (alpha.automatic && l.config().has("threshold")) l.config().fail("threshold", "null beside an automatic alpha");
  if (alpha.automatic) return scaled_levels(l, x, alpha, automatic_ternary(l, x, alpha));
  const Value threshold = l.scalar(l.config().number("threshold", 0.33), l.dtype(x));
  const Value q = beyond(l, l.unary(Function::abs, x), threshold, x);
  return scaled_levels(l, x, alpha, l.multiply(q, alpha.number));
}

Value of_bernoulli(Lowering& l, Value) {
  l.refuse("draws random numbers in each call, also at inference, so that its results are not determined by the file");
}

Value smooth_sigmoid(Lowering& l, Value x) { return clipped(l, l.add(l.multiply(x, 0.1875), 0.5), 0, 1); }
Value twice_less_one(Lowering& l, Value x) { return l.add(l.multiply(x, 2), -1.0); }

LayerDef function(const char* name, Value (*compute)(Lowering&, Value)) { return quantiser({name}, {}, compute); }

}  // namespace

std::vector<LayerDef> qkeras_levels_layers() {
  const std::set<std::string> stochastic{"alpha", "temperature", "use_real_sigmoid"};
  std::set<std::string> ternary{"alpha",       "threshold",       "number_of_unrolls", "use_stochastic_rounding",
                                "temperature", "use_real_sigmoid"};
  return {
      quantiser({"binary"}, {"use_01", "alpha", "use_stochastic_rounding"}, of_binary),
      quantiser({"stochastic_binary"}, stochastic, of_binary),
      quantiser({"ternary", "stochastic_ternary"}, std::move(ternary), of_ternary),
      quantiser({"bernoulli"}, stochastic, of_bernoulli),
      function("hard_sigmoid", hard_sigmoid),
      function("smooth_sigmoid", smooth_sigmoid),
      function("hard_tanh", [](Lowering& l, Value x) { return twice_less_one(l, hard_sigmoid(l, x)); }),
      function("smooth_tanh", [](Lowering& l, Value x) { return twice_less_one(l, smooth_sigmoid(l, x)); }),
      function("binary_sigmoid", [](Lowering& l, Value x) { return rounded(l, hard_sigmoid(l, x)); }),
      function("binary_tanh", [](Lowering& l, Value x) { return twice_less_one(l, rounded(l, hard_sigmoid(l, x))); }),
  };
}

}  // namespace keraunos::loader
