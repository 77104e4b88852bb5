// HGQ 0.2.6 (Keras 2): FixedPointQuantizer, which its proxy models use together with layers of Keras. Each element has a number
// of bits, a number of bits before the point, and a flag for the sign: weights that broadcast over the input. Layers for training
// (HDense, …) are refused: HGQ converts them to proxy models for inference.
#include "loader/files/json.h"
#include "loader/layers/extensions/qkeras_math.h"

namespace keraunos::loader {

std::vector<LayerDef> hgq_layers();

namespace {

Value floor_of(Lowering& l, Value x) { return l.unary(Function::floor, x); }
Value minus(Lowering& l, Value x) { return l.unary(Function::negate, x); }
Value halves_up(Lowering& l, Value x) { return floor_of(l, l.add(x, 0.5)); }
Value halves_down(Lowering& l, Value x) { return minus(l, halves_up(l, minus(l, x))); }

// Rounds the magnitude and restores the sign.
Value by_magnitude(Lowering& l, Value x, Value (*round)(Lowering&, Value)) {
  return l.multiply(round(l, l.unary(Function::abs, x)), l.unary(Function::sign, x));
}

Value steps_of(Lowering& l, Value x) {
  const std::string mode =
      l.config().text("RND", "TRN", {"TRN", "TRN_ZERO", "RND", "RND_CONV", "RND_ZERO", "RND_INF", "RND_MIN_INF"});
  if (mode == "TRN") return floor_of(l, x);
  if (mode == "RND") return halves_up(l, x);
  if (mode == "RND_CONV") return l.unary(Function::round_even, x);
  if (mode == "RND_MIN_INF") return halves_down(l, x);
  return by_magnitude(l, x, mode == "TRN_ZERO" ? floor_of : mode == "RND_ZERO" ? halves_down : halves_up);
}

struct Limits {
  Value low, high;
};

Value between(Lowering& l, Value x, const Limits& limits) {
  return l.binary(Function::maximum, l.binary(Function::minimum, x, limits.high), limits.low);
}

// Numbers outside the range wrap around.
Value wrapped(Lowering& l, Value x, const Limits& limits) {
  const Value width = l.add(l.subtract(limits.high, limits.low), 1.0);
  return l.add(l.binary(Function::floor_mod, l.subtract(x, limits.low), width), limits.low);
}

// Numbers outside the range are reflected at its ends.
Value mirrored(Lowering& l, Value x, const Limits& limits) {
  const Value half = l.add(l.subtract(limits.high, limits.low), 1.0);
  const Value mapped = l.binary(Function::floor_mod, l.add(l.subtract(x, limits.high), -1.0), l.multiply(half, 2));
  return l.add(l.add(l.unary(Function::abs, l.add(l.subtract(mapped, half), 0.5)), -0.5), limits.low);
}

Value zero_outside(Lowering& l, Value x, const Limits& limits) {
  const Value inside = l.binary(Function::logical_and, l.binary(Function::less_equal, x, limits.high),
                                l.binary(Function::greater_equal, x, limits.low));
  return l.multiply(x, l.cast(inside, l.dtype(x)));
}

Value limited(Lowering& l, Value x, Value sign, Value bits) {
  const std::string mode = l.config().text("SAT", "WRAP", {"WRAP", "WRAP_SM", "SAT", "SAT_ZERO", "SAT_SYM"});
  const Value high = l.add(qkeras::power_of_two(l, l.subtract(bits, sign)), -1.0);
  const Value least = minus(l, mode == "SAT_SYM" ? high : l.add(high, 1.0));
  const Limits limits{l.multiply(least, sign), high};
  if (mode == "WRAP") return wrapped(l, x, limits);
  if (mode == "WRAP_SM") return mirrored(l, x, limits);
  return mode == "SAT_ZERO" ? zero_outside(l, x, limits) : between(l, x, limits);
}

// A weight of small integers, of any shape.
Value small_integers(Lowering& l, std::string_view name) {
  const Tensor& saved = l.saved(name);
  Shape shape;
  for (int axis = 0; axis < saved.dims().rank(); ++axis) shape.push_back({saved.dims()[axis]});
  return l.cast(l.weight(name, shape, false), DType::float32);
}

std::vector<Traced> lower_fixed_point(Lowering& l) {
  const Traced in = l.input();
  const Value x = l.cast(in.value, DType::float32);
  const Value sign = small_integers(l, "keep_negative"), bits = small_integers(l, "bits"),
              integers = small_integers(l, "integers");
  const Value scale = qkeras::power_of_two(l, l.subtract(bits, integers));
  const Value steps = limited(l, steps_of(l, l.multiply(x, scale)), sign, bits);
  const Value used = l.cast(l.binary(Function::not_equal, bits, l.scalar(0, DType::float32)), DType::float32);
  return {{l.multiply(l.divide(steps, scale), used), {}}};
}

}  // namespace

std::vector<LayerDef> hgq_layers() {
  const auto weights = [](const Config&) {
    return std::vector<WeightName>{{.name = "keep_negative", .trainable = false},
                                   {.name = "bits", .trainable = false},
                                   {.name = "integers", .trainable = false}};
  };
  return {{.classes = {"HGQ>FixedPointQuantizer", "FixedPointQuantizer"},
           .keys = {"RND", "SAT", "shape", "overrides", "fusible"},
           .weights = weights,
           .lower = lower_fixed_point}};
}

}  // namespace keraunos::loader
