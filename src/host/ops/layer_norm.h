#pragma once

#include "host/ops/operation.h"

namespace keraunos::host {

/// in: x, floating; gamma?, beta? (both of x's dtype and of the shape of its last `axes` axes). Mean and variance in float32 at
/// least.
struct LayerNorm {
  static constexpr OpTraits traits{.overwritten = OpTraits::first};

  int axes = 1;
  Number epsilon = 1e-3;

  std::string text() const;
  void mix(Hash& hash) const;
  Types infer(const NodeView& node) const;
  int rows(const RowRule& rule) const;
  friend bool operator==(const LayerNorm&, const LayerNorm&) = default;
};

}  // namespace keraunos::host
