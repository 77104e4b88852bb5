#include "loader/layers/extensions/keras_hub/hub_rotary.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "loader/layers/common/arguments.h"
#include "loader/layers/common/fourier.h"
#include "loader/layers/common/memory.h"
#include "loader/layers/extensions/keras_hub/hub.h"

namespace keraunos::loader {

std::vector<LayerDef> hub_rotary_layers();

namespace {

double f32(double value) { return static_cast<float>(value); }

// YaRN: low frequencies are divided by the factor, high ones are kept, with a ramp between.
std::vector<double> yarn_frequencies(const Rotary& r, int64_t features) {
  const auto width = static_cast<double>(features);
  const auto correction = [&](double turns) {
    return width * std::log(r.original_length / (turns * 2 * std::numbers::pi)) / (2 * std::log(r.max_wavelength));
  };
  double low = correction(r.beta_fast), high = correction(r.beta_slow);
  if (r.truncate) low = std::floor(low), high = std::ceil(high);
  low = std::max(low, 0.0), high = std::min(high, width - 1);
  const double range = std::max(high - low, 0.001);
  std::vector<double> result;
  for (int64_t i = 0; i < features / 2; ++i) {
    const double ramp = std::clamp((static_cast<double>(i) - low) / range, 0.0, 1.0);
    const double frequency = 1 / std::pow(r.max_wavelength, 2.0 * static_cast<double>(i) / width);
    result.push_back(f32(frequency / r.scaling_factor * ramp + frequency * (1 - ramp)));
  }
  return result;
}

double divisor(const Rotary& r, double features) {
  if (r.rope_type == "linear") return r.scaling_factor;
  if (r.rope_type == "dynamic") return std::pow(r.scaling_factor, features / std::max(1.0, features - 2));
  return 1;
}

double adjusted(const Rotary& r, double frequency) {
  const double length = 2 * std::numbers::pi / frequency, slow = frequency / *r.adjustment;
  if (length > r.original_length / *r.low_factor) return slow;
  if (length < r.original_length / *r.high_factor) return frequency;
  const double smooth = (r.original_length / length - *r.low_factor) / (*r.high_factor - *r.low_factor);
  return (1 - smooth) * slow + smooth * frequency;
}

// The axes of steps and features moved to axes 1 and last.
std::vector<int> moved_axes(Lowering& l, Value x) {
  const auto axis = [&](std::string_view key, int64_t otherwise) {
    const int rank = l.rank(x);
    const int64_t given = l.config().integer(key, otherwise, Range{-rank, rank - 1});
    return static_cast<int>(given < 0 ? given + rank : given);
  };
  const int steps = axis("sequence_axis", 1), features = axis("feature_axis", -1);
  if (steps == features) l.config().fail("sequence_axis", "another axis than feature_axis");
  std::vector<int> order;
  for (int i = 0; i < l.rank(x); ++i) {
    if (i != steps && i != features) order.push_back(i);
  }
  if (order.empty()) l.refuse("needs an input of rank 3 at least, found " + l.dims(x).to_string());
  order.insert(order.begin() + 1, steps);
  order.push_back(features);
  return order;
}

std::vector<Traced> lower_rotary(Lowering& l) {
  const Traced in = l.input();
  const Value x = as_computed(l, in.value);
  const std::vector<int> order = moved_axes(l, x);
  std::vector<int> back(order.size());
  for (size_t i = 0; i < order.size(); ++i) back[static_cast<size_t>(order[i])] = static_cast<int>(i);
  const Value moved = l.transpose(x, order);
  if (l.dim(moved, -1).size % 2 != 0)
    l.refuse("turns pairs of features, of which there are " + std::to_string(l.dim(moved, -1).size));
  const Value turned = rotated(l, rotary_of(l.config()), moved, start_index(l), tensor_argument_of(l, 2, "positions").value);
  return {{l.transpose(turned, back), {}}};
}

}  // namespace

Value rotary_turned(Lowering& l, Value x, Value cosine, Value sine) {
  const int64_t features = l.dim(x, -1).size, half = features / 2;
  const Value halves[] = {l.unary(Function::negate, l.slice_axis(x, -1, half, half)), l.slice_axis(x, -1, 0, half)};
  return l.add(l.multiply(x, cosine), l.multiply(l.concatenate(halves, -1), sine));
}

Rotary rotary_of(const Config& config) {
  const RealRange positive{1e-30};
  Rotary r{.max_wavelength = config.number("max_wavelength", 10000, positive),
           .scaling_factor = config.number("scaling_factor", 1, positive),
           .rope_type = config.text("rope_type", "linear"),
           .beta_fast = config.number("beta_fast", 32, positive),
           .beta_slow = config.number("beta_slow", 1, positive),
           .original_length = config.number("original_max_position_embeddings", 4096, positive),
           .truncate = config.flag("truncate", true)};
  if (config.has("denominator_dim")) r.denominator = config.number("denominator_dim", 1, positive);
  if (config.has("low_freq_factor")) {
    r.low_factor = config.number("low_freq_factor", 1, positive), r.high_factor = config.number("high_freq_factor", 4, positive);
    r.adjustment = config.number("frequency_adjustment_factor", 8, positive);
    if (*r.low_factor == *r.high_factor) config.fail("high_freq_factor", "another number than low_freq_factor");
  }
  return r;
}

std::vector<double> rotary_frequencies(const Rotary& rotary, int64_t features) {
  if (rotary.rope_type == "yarn") return yarn_frequencies(rotary, features);
  std::vector<double> result;
  const double over = rotary.denominator.value_or(static_cast<double>(features));
  const double scale = f32(divisor(rotary, static_cast<double>(features)));
  for (int64_t i = 0; i < features; i += 2)
    result.push_back(f32(f32(std::pow(f32(rotary.max_wavelength), -f32(static_cast<double>(i) / over))) / scale));
  if (rotary.low_factor) {
    for (double& frequency : result) frequency = f32(adjusted(rotary, frequency));
  }
  return result;
}

Value rotated(Lowering& l, const Rotary& rotary, Value x, int64_t start, Value positions) {
  const int64_t features = l.dim(x, -1).size, half = features / 2;
  Value steps = positions ? l.cast(positions, DType::float32) : hub_steps(l, l.dim(x, 1).size, start);
  if (l.rank(steps) == 1) steps = l.expand_dims(steps, 0);
  const Value frequencies = rounded_constant(l, rotary_frequencies(rotary, features), Dims{half}, DType::float32);
  const Value one = l.multiply(l.expand_dims(steps, -1), frequencies);
  const Value both[] = {one, one};
  Value angles = l.concatenate(both, -1);
  while (l.rank(angles) < l.rank(x)) angles = l.expand_dims(angles, 2);
  Value cosine = l.cast(l.unary(Function::cos, angles), l.dtype(x)), sine = l.cast(l.unary(Function::sin, angles), l.dtype(x));
  if (rotary.rope_type == "yarn") {
    const double factor = 0.1 * std::log(rotary.scaling_factor) + 1;
    cosine = l.multiply(cosine, factor), sine = l.multiply(sine, factor);
  }
  return rotary_turned(l, x, cosine, sine);
}

std::vector<LayerDef> hub_rotary_layers() {
  return {{.classes = hub_names({"RotaryEmbedding"}),
           .keys = {"max_wavelength", "scaling_factor", "rope_type", "beta_fast", "beta_slow", "original_max_position_embeddings",
                    "truncate", "sequence_axis", "feature_axis", "denominator_dim"},
           .weights = {},
           .children = {},
           .lower = lower_rotary}};
}

}  // namespace keraunos::loader
