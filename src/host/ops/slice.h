#pragma once

#include <vector>

#include "host/ops/operation.h"

namespace keraunos::host {

/// in: x. Sizes are the result's; steps may be negative.
struct Slice {
  static constexpr OpTraits traits{};

  std::vector<int64_t> start, step;

  std::string text() const;
  void mix(Hash& hash) const;
  void check(const NodeView& node) const;
  int rows(const RowRule& rule) const;
  friend bool operator==(const Slice&, const Slice&) = default;
};

}  // namespace keraunos::host
