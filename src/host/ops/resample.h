#pragma once

#include "host/ops/operation.h"

namespace keraunos::host {

/// in: x, ids (results, taps) int32, weights (results, taps) of x's dtype: float32 or float64. Element i of the result along the
/// axis is the sum of weights[i, k] · x[ids[i, k]] over the taps. A tap of weight 0 is not read; all ids lie inside x. With
/// `lerp` there are two taps, a and b, and the result is x[a] + (x[b] − x[a]) · weight of b, rounded after each step.
struct Resample {
  static constexpr OpTraits traits{.has_cost = true};

  int axis = 0;
  bool lerp = false;

  std::string text() const { return "resample axis=" + std::to_string(axis) + (lerp ? " lerp" : ""); }
  void mix(Hash& hash) const { hash.mix(axis).mix(lerp); }
  Types infer(const NodeView& node) const;
  int rows(const RowRule& rule) const;
  OpCost cost(const NodeView& node) const;
  friend bool operator==(const Resample&, const Resample&) = default;
};

}  // namespace keraunos::host
