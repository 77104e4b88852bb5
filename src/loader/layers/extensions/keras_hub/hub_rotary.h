// Rotary embeddings: pairs of features are turned by an angle that grows with the position.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "keraunos/layer.h"

namespace keraunos::loader {

/// The entries of RotaryEmbedding's config.
struct Rotary {
  double max_wavelength = 10000, scaling_factor = 1;
  std::string rope_type = "linear";
  double beta_fast = 32, beta_slow = 1, original_length = 4096;
  bool truncate = true;
  std::optional<double> denominator{};
  /// Llama 3.1: wavelengths above original_length / low_factor are stretched by `adjustment`, with a ramp to those below
  /// original_length / high_factor.
  std::optional<double> low_factor{}, high_factor{}, adjustment{};
};

/// From the keys of RotaryEmbedding's config.
Rotary rotary_of(const Config& config);

/// Angles per position for `features` features, half as many, as float32 holds them.
std::vector<double> rotary_frequencies(const Rotary& rotary, int64_t features);

/// x (N, T, …, features) turned by its positions 0, 1, … plus `start`, or by `positions` (1 or N, T).
Value rotated(Lowering& l, const Rotary& rotary, Value x, int64_t start = 0, Value positions = {});

/// Each feature of the first half of x with its like of the second, turned by an angle.
Value rotary_turned(Lowering& l, Value x, Value cosine, Value sine);

}  // namespace keraunos::loader
