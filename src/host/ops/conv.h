#pragma once

#include "host/graph/program.h"
#include "host/ops/operation.h"

namespace keraunos::host {

/// in: x (N, spatial…, C); kernel (spatial…, C/groups, F) of x's dtype; then the epilogue's further inputs. window.size is the
/// kernel's. Result (N, spatial…, F), the epilogue applied as in MatMul.
struct Conv {
  static constexpr OpTraits traits{.has_cost = true};

  Window window{};
  int64_t groups = 1;
  Program epilogue{};

  std::string text() const;
  void mix(Hash& hash) const;
  Types infer(const NodeView& node) const;
  int rows(const RowRule& rule) const;
  OpCost cost(const NodeView& node) const;
  friend bool operator==(const Conv&, const Conv&) = default;
};

}  // namespace keraunos::host
