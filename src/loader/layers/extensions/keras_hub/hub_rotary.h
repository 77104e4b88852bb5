// Rotary embeddings: pairs of features are rotated by an angle that is proportional to the position.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "keraunos/layer.h"

namespace keraunos::loader {

/// The keys of RotaryEmbedding's config.
struct Rotary {
  double max_wavelength = 10000, scaling_factor = 1;
  std::string rope_type = "linear";
  double beta_fast = 32, beta_slow = 1, original_length = 4096;
  bool truncate = true;
  std::optional<double> denominator{};
  /// Llama 3.1: wavelengths above original_length / low_factor are multiplied by `adjustment`, with a ramp to those below
  /// original_length / high_factor, which are kept.
  std::optional<double> low_factor{}, high_factor{}, adjustment{};
};

/// Reads RotaryEmbedding's config.
Rotary rotary_of(const Config& config);

/// Angles per position for `features` features, half as many, rounded to float32.
std::vector<double> rotary_frequencies(const Rotary& rotary, int64_t features);

/// x (N, T, …, features) rotated by its positions 0, 1, … plus `start`, or by `positions` (1 or N, T).
Value rotated(Lowering& l, const Rotary& rotary, Value x, int64_t start = 0, Value positions = {});

/// Rotates each feature of the first half of x with its counterpart in the second half by an angle.
Value rotary_turned(Lowering& l, Value x, Value cosine, Value sine);

}  // namespace keraunos::loader
