#pragma once

#include <optional>

#include "host/ops/operation.h"

namespace keraunos::host {

/// in: q (N, T, H, D), k (N, S, K, D), v (N, S, K, V) of one floating dtype; query_mask? (N, T), key_mask? (N, S), mask? (N, 1 or
/// H, T, S), all boolean. H is a multiple of K. out: (N, T, H, V), and the probabilities (N, H, T, S) when return_scores.
struct Attention {
  static constexpr OpTraits traits{.has_cost = true};

  Number scale = 1;
  bool causal = false;
  std::optional<int64_t> window{};  // |i − j| < window
  bool zero_masked = true;          // Keras ≥ 3.13: a fully masked row gives zeros; before: uniform
  bool return_scores = false;

  std::string text() const;
  void mix(Hash& hash) const;
  Types infer(const NodeView& node) const;
  int rows(const RowRule& rule) const;
  OpCost cost(const NodeView& node) const;
  friend bool operator==(const Attention&, const Attention&) = default;
};

}  // namespace keraunos::host
