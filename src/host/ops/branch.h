#pragma once

#include <array>
#include <vector>

#include "host/ops/nested.h"

namespace keraunos::host {

/// Runs one of two graphs. in: condition (one boolean), then the inputs of both graphs. out: the results of the graph that ran.
struct Branch {
  static constexpr OpTraits traits{.is_nested = true, .is_pure = false};

  GraphPointer then{}, otherwise{};

  std::array<GraphPointer*, 2> graphs() { return {&then, &otherwise}; }
  Captures captures() const { return {.first = 1, .inputs = {0, 0}}; }

  std::string text() const;
  void mix(Hash& hash) const;
  Types infer(const NodeView& node) const;
  /// The row axis of each result, found from two lowerings of the graphs.
  std::vector<int> rows(const RowPair& pair, const NodeView& node, const Branch& other, const std::vector<int>& axis) const;
  friend bool operator==(const Branch& a, const Branch& b);
};

}  // namespace keraunos::host
