// QKeras 0.9.0 (Keras 2) and qkeras-v3 1.2.1 (Keras 3): quantisers to fixed-point numbers. A number of `bits` bits, one of them
// the sign, has `integer` bits before the point; results are rounded to such numbers, ties to even, and clipped to their range.
// Stochastic rounding is used in training only.
#include <cmath>

#include "loader/layers/extensions/qkeras_math.h"

namespace keraunos::loader {

std::vector<LayerDef> qkeras_fixed_point_layers();

namespace {

using namespace qkeras;

int64_t bits_of(const Lowering& l, int64_t least = 1) { return l.config().integer("bits", 8, Range{least, 32}); }
double integer_range(const Lowering& l) {
  return std::ldexp(1.0, static_cast<int>(l.config().integer("integer", 0, Range{-32, 32})));
}
double power(int64_t exponent) { return std::ldexp(1.0, static_cast<int>(exponent)); }

// An integer from −most to most, halves away from zero: used to find an automatic scale.
Value nearest_level(Lowering& l, Value x, Value scale, double most) {
  const Value level = l.unary(Function::floor, l.add(l.divide(l.unary(Function::abs, x), scale), 0.5));
  const Value limit = l.scalar(most, l.dtype(x));
  return l.multiply(l.unary(Function::sign, x), l.select(l.binary(Function::less, level, limit), level, limit));
}

// The largest magnitude of a channel maps to the largest level; then a power of two is fitted five times.
Value automatic_bits(Lowering& l, Value given, const Alpha& alpha) {
  const double m = power(bits_of(l) - (l.config().flag("keep_negative", true) ? 1 : 0)), m_i = integer_range(l);
  const double most = power(bits_of(l) - 1) - 1;
  const Value x = l.multiply(given, 1 / m_i);
  const Value largest = l.reduce(Reduction::maximum, l.unary(Function::abs, x), axes_of_scale(l, x), true);
  Value scale = l.divide(l.multiply(largest, 2), l.scalar(2 * most, l.dtype(x)));
  if (!alpha.power_of_two) {
    const Value level = l.multiply(nearest_level(l, x, scale, most), m_i / m);
    return l.multiply(l.multiply(scale, m), level);
  }
  scale = nearest_power_of_two(l, scale);
  // QKeras 0.9 multiplies the levels of the previous fit by the last scale; the port to Keras 3 computes the levels again.
  Value level;
  for (int i = 0; i < 5; ++i) {
    level = nearest_level(l, x, scale, most);
    scale = fitted_scale(l, alpha, x, level);
  }
  if (!l.dialect().before(3, 0)) level = nearest_level(l, x, scale, most);
  return l.multiply(l.multiply(scale, m), l.multiply(level, m_i / m));
}

Value of_bits(Lowering& l, Value x) {
  const Alpha alpha = alpha_of(l.config());
  const bool negative = l.config().flag("keep_negative", true);
  const int64_t unsigned_bits = bits_of(l) - (negative ? 1 : 0);
  if (alpha.automatic) return answer(l, x, automatic_bits(l, x, alpha));
  const double m = power(unsigned_bits), m_i = integer_range(l);
  Value q;
  if (unsigned_bits > 0) {
    const double least = negative ? -m + (l.config().flag("symmetric", false) ? 1 : 0) : 0;
    q = l.multiply(clipped(l, rounded(l, l.multiply(x, m / m_i)), least, m - 1), m_i / m);
  } else {
    q = sign_of(l, x);
  }
  return answer(l, x, alpha.given ? l.multiply(q, alpha.number) : q);
}

// max(x, 0) up to the largest number, with a slope below zero.
Value of_relu(Lowering& l, Value x) {
  const Config& config = l.config();
  const double slope = config.number("negative_slope", 0, RealRange{0, 1});
  const double m = power(bits_of(l) - (slope != 0 ? 1 : 0)), m_i = integer_range(l);
  const bool clips = config.flag("is_quantized_clip", true), bounded = !clips && config.has("relu_upper_bound");
  const double bound = clips ? m_i - m_i / m : config.number("relu_upper_bound", 0);
  const auto limited = [&](Value v, Value otherwise) {
    const Value limit = l.scalar(bound, l.dtype(x));
    return l.select(l.binary(Function::less_equal, otherwise, limit), v, limit);
  };
  Value unquantised = rectified(l, x, slope);
  if (clips || bounded) unquantised = limited(unquantised, x);
  const bool sigmoid = config.flag("use_sigmoid", false);
  const Value p = sigmoid ? l.multiply(hard_sigmoid(l, l.multiply(x, 1 / m_i)), m) : l.multiply(x, m / m_i);
  const auto stepped = [&](Value steps, double step) {
    const Value y = l.multiply(rounded(l, steps), step);
    return sigmoid ? l.add(l.multiply(y, 2), -1.0) : y;
  };
  Value q = l.multiply(clipped(l, stepped(p, 1 / m), 0, 1 - 1 / m), m_i);
  if (slope > 0) q = l.add(q, l.multiply(clipped(l, stepped(l.multiply(p, slope), 1 / (slope * m)), -1, 0), m_i * slope));
  if (bounded && bound != 0) q = limited(q, q);
  return answer(l, unquantised, q);
}

Value symmetric_steps(Lowering& l, Value p, double m, double least) {
  const double raised = l.config().flag("symmetric", false) ? 1 / m : 0;
  return clipped(l, l.multiply(rounded(l, l.multiply(p, m)), 1 / m), least + raised, 1 - 1 / m);
}

Value of_tanh(Lowering& l, Value x) {
  const Value p =
      l.config().flag("use_real_tanh", false) ? l.unary(Function::tanh, x) : l.add(l.multiply(hard_sigmoid(l, x), 2), -1.0);
  return symmetric_steps(l, p, power(bits_of(l) - 1), -1);
}

Value of_sigmoid(Lowering& l, Value x) {
  const Value p = l.config().flag("use_real_sigmoid", false) ? l.unary(Function::sigmoid, x) : hard_sigmoid(l, x);
  return symmetric_steps(l, p, power(bits_of(l)), 0);
}

// sign(r)·log(1 + u·|r|) / log(1 + u) for the rounded r in −1 to 1.
Value of_ulaw(Lowering& l, Value x) {
  const double m = power(bits_of(l) - 1), m_i = integer_range(l), u = l.config().number("u", 255, RealRange{0, 1e9});
  if (u == 0) l.config().fail("u", "more than 0");
  const Value p = l.multiply(hard_sigmoid(l, l.multiply(x, 1 / m_i)), m);
  const Value r = l.add(l.multiply(l.multiply(rounded(l, p), 1 / m), 2), -1.0);
  const Value curve = l.unary(Function::log, l.add(l.multiply(l.unary(Function::abs, r), u), 1.0));
  const Value law = l.divide(l.multiply(l.unary(Function::sign, r), curve), l.scalar(std::log(1 + u), l.dtype(x)));
  return l.multiply(clipped(l, law, -1 + (l.config().flag("symmetric", false) ? 1 / m : 0), 1 - 1 / m), m_i);
}

// x·relu(x + shift) / bound, quantised.
Value of_hswish(Lowering& l, Value x) {
  const double shift = l.config().number("relu_shift", 3, RealRange{1e-9, 1e9});
  const double bound = l.config().number("relu_upper_bound", 6, RealRange{1e-9, 1e9});
  const Value moved = l.add(x, shift), limit = l.scalar(bound, l.dtype(x));
  const Value gate = l.select(l.binary(Function::less_equal, moved, limit), l.unary(Function::relu, moved), limit);
  return of_bits(l, l.divide(l.multiply(x, gate), limit));
}

}  // namespace

std::vector<LayerDef> qkeras_fixed_point_layers() {
  const std::set<std::string> of_all{"bits", "use_stochastic_rounding", "symmetric"};
  const auto with = [&](std::set<std::string> more) {
    more.insert(of_all.begin(), of_all.end());
    return more;
  };
  const std::set<std::string> noisy{"integer", "qnoise_factor", "var_name", "use_ste", "use_variables"};
  const auto fixed = [&](std::set<std::string> more) {
    more.insert(noisy.begin(), noisy.end());
    return with(std::move(more));
  };
  return {
      quantiser({"quantized_bits"}, fixed({"alpha", "keep_negative", "scale_axis"}), of_bits),
      quantiser({"quantized_hswish"}, fixed({"alpha", "keep_negative", "scale_axis", "relu_shift", "relu_upper_bound"}),
                of_hswish),
      quantiser({"quantized_relu"}, fixed({"use_sigmoid", "negative_slope", "relu_upper_bound", "is_quantized_clip"}), of_relu),
      quantiser({"quantized_tanh"}, with({"use_real_tanh"}), of_tanh),
      quantiser({"quantized_sigmoid"}, with({"use_real_sigmoid"}), of_sigmoid),
      quantiser({"quantized_ulaw"}, with({"integer", "u"}), of_ulaw),
  };
}

}  // namespace keraunos::loader
