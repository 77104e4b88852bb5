#pragma once

#include "host/ops/operation.h"

namespace keraunos::host {

/// in: x (N, spatial…, C). Average divides by the number of elements that are not padding; maximum pads with −∞.
struct Pool {
  static constexpr OpTraits traits{};
  enum Kind : uint8_t { maximum, average };

  Kind kind = maximum;
  Window window{};

  std::string text() const;
  void mix(Hash& hash) const;
  Types infer(const NodeView& node) const;
  int rows(const RowRule& rule) const;
  friend bool operator==(const Pool&, const Pool&) = default;
};

}  // namespace keraunos::host
