#pragma once

#include <vector>

#include "host/ops/operation.h"

namespace keraunos::host {

/// in: x. result.shape[i] = x.shape[permutation[i]].
struct Transpose {
  static constexpr OpTraits traits{};

  std::vector<int> permutation;

  std::string text() const;
  void mix(Hash& hash) const;
  Types infer(const NodeView& node) const;
  int rows(const RowRule& rule) const;
  friend bool operator==(const Transpose&, const Transpose&) = default;
};

}  // namespace keraunos::host
