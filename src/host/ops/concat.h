#pragma once

#include "host/ops/operation.h"

namespace keraunos::host {

/// in: one or more of one dtype, with equal shapes except along `axis`.
struct Concat {
  static constexpr OpTraits traits{};

  int axis = 0;

  std::string text() const;
  void mix(Hash& hash) const;
  Types infer(const NodeView& node) const;
  int rows(const RowRule& rule) const;
  friend bool operator==(const Concat&, const Concat&) = default;
};

}  // namespace keraunos::host
