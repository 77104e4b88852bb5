#pragma once

#include "host/ops/operation.h"

namespace keraunos::host {

/// in: x, floating. Over the last axis.
struct Softmax {
  static constexpr OpTraits traits{.overwritten = OpTraits::all};

  bool log = false;

  std::string text() const;
  void mix(Hash& hash) const;
  Types infer(const NodeView& node) const;
  int rows(const RowRule& rule) const;
  friend bool operator==(const Softmax&, const Softmax&) = default;
};

}  // namespace keraunos::host
