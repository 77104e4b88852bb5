#pragma once

#include <vector>

#include "host/ops/operation.h"

namespace keraunos::host {

/// in: x. `low` and `high` elements of `value` before and after each axis.
struct Pad {
  static constexpr OpTraits traits{};

  std::vector<int64_t> low, high;
  Number value = 0;

  std::string text() const;
  void mix(Hash& hash) const;
  Types infer(const NodeView& node) const;
  int rows(const RowRule& rule) const;
  friend bool operator==(const Pad&, const Pad&) = default;
};

}  // namespace keraunos::host
