#pragma once

#include <vector>

#include "host/ops/operation.h"

namespace keraunos::host {

/// in: x. Axes ascending, one at least; they stay as 1 with keep_dims. An empty extent gives sum 0, mean NaN, maximum −∞.
struct Reduce {
  static constexpr OpTraits traits{};

  Reduction kind = Reduction::sum;
  std::vector<int> axes;
  bool keep_dims = false;

  std::string text() const;
  void mix(Hash& hash) const;
  Types infer(const NodeView& node) const;
  int rows(const RowRule& rule) const;
  friend bool operator==(const Reduce&, const Reduce&) = default;
};

}  // namespace keraunos::host
