#pragma once

#include "host/ops/operation.h"

namespace keraunos::host {

/// in: x. The result is the same memory with the shape of the node's result.
struct Reshape {
  static constexpr OpTraits traits{.is_view = true};

  std::string text() const;
  void mix(Hash&) const {}
  void check(const NodeView& node) const;
  int rows(const RowRule& rule) const;
  friend bool operator==(const Reshape&, const Reshape&) = default;
};

}  // namespace keraunos::host
