// Code shared by QKeras's quantisers. Sums are computed in QKeras's order: the next layer rounds a result again, so that a
// different last bit could become a whole step.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "keraunos/layer.h"

namespace keraunos::loader::qkeras {

/// The epsilon of Keras's backend.
inline constexpr double kEpsilon = 1e-7;

/// The tensor argument of a quantiser, as float32.
Value operand(Lowering& l);
/// x + (y − x), as QKeras computes y to give it a gradient.
Value through(Lowering& l, Value x, Value y);
/// x rounded, ties to even.
Value rounded(Lowering& l, Value x);
Value clipped(Lowering& l, Value x, double low, double high);
/// 1 where x is 0 or more, else −1.
Value sign_of(Lowering& l, Value x);
Value power_of_two(Lowering& l, Value exponent);
Value log2_of(Lowering& l, Value x);
/// relu(x), or leaky_relu(x, slope).
Value rectified(Lowering& l, Value x, double slope);
/// QKeras's approximation of a sigmoid: clip(0.5·x + 0.5, 0, 1). No file states whether the program chose another one
/// (set_internal_sigmoid).
Value hard_sigmoid(Lowering& l, Value x);
/// The result for x and its quantised value `quantised`, by `qnoise_factor` and `use_ste` of the config.
Value answer(Lowering& l, Value x, Value quantised);

/// The key "alpha": how results are scaled.
struct Alpha {
  bool automatic = false, power_of_two = false, given = false;
  double number = 1;
};
Alpha alpha_of(const Config& config);

/// All axes but the channel axis, which is the last one or `scale_axis` of the config.
std::vector<int> axes_of_scale(const Lowering& l, Value x);
/// The factor with which q is nearest to x in each channel. In a tensor of one axis each element has its own factor.
Value fitted_scale(Lowering& l, const Alpha& alpha, Value x, Value q);
/// The nearest power of two on a logarithmic scale.
Value nearest_power_of_two(Lowering& l, Value scale);

/// A definition of a quantiser: `names` without the package.
LayerDef quantiser(const std::vector<std::string>& names, std::set<std::string> keys, Value (*compute)(Lowering&, Value));

}  // namespace keraunos::loader::qkeras
