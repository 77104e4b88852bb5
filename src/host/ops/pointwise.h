#pragma once

#include "host/graph/program.h"
#include "host/ops/operation.h"

namespace keraunos::host {

/// in: one per program input, each broadcast to the result. Result: dense.
struct Pointwise {
  static constexpr OpTraits traits{.broadcasts = true, .overwritten = OpTraits::all};

  Program program;

  std::string text() const;
  void mix(Hash& hash) const;
  void check(const NodeView& node) const;
  int rows(const RowRule& rule) const;
  friend bool operator==(const Pointwise&, const Pointwise&) = default;
};

}  // namespace keraunos::host
