#pragma once

#include <memory>
#include <vector>

#include "host/ops/operation.h"

namespace keraunos::host {

struct RowPair;

/// Runs `body` once per step along axis 1 of the sliced operands. in: carried…, sliced…, captured…; the body's inputs are the
/// same with axis 1 removed from the sliced ones; its outputs are the new carried values, then the values to stack. out: final
/// carried…, stacked… (axis 1 inserted).
struct Loop {
  static constexpr OpTraits traits{.is_expanded = true, .is_pure = false};

  std::shared_ptr<const Graph> body;
  int carried = 0, sliced = 0, stacked = 0;
  bool backwards = false;

  std::string text() const;
  void mix(Hash& hash) const;
  Types infer(const NodeView& node) const;
  /// The axes of each result: they follow from two lowerings of the body.
  std::vector<int> rows(const RowPair& pair, const NodeView& node, const Loop& other, const std::vector<int>& axis) const;
  /// Equal numbers, and bodies with equal contents.
  friend bool operator==(const Loop& a, const Loop& b);
};

}  // namespace keraunos::host
