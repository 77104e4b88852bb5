// The arguments of an operation's row rule, which finds the axis of the batch in its results (rows.h), with helper functions.
#pragma once

#include <string>
#include <vector>

#include "host/graph/rows.h"
#include "host/ops/operation.h"

namespace keraunos::host {

/// Two lowerings of one model, or of a loop's body, and their batches.
struct RowPair {
  const Graph& graph;
  const Graph& other;
  int64_t batch, other_batch;
};

/// A node of one of the two graphs, and the batch axes of all values before it.
struct RowRule {
  static constexpr int kNone = Rows::kNone, kMixed = Rows::kMixed;
  NodeView node;
  int64_t batch;
  const std::vector<int>& axis;

  int of(size_t operand) const;
  int rank(size_t operand) const { return node.rank(operand); }
  /// Operands `first` and later are broadcast against the result: all that have rows must have them along the same axis with the
  /// full extent.
  int aligned(size_t first, int found = kNone) const;
  /// Every operand has rows along axis 0 or no rows.
  int leading() const;
};

/// The same operations on the same values; only extents and constants may differ.
bool same_form(const Graph& a, const Graph& b);
/// The axes of constants; those of other values are set later.
std::vector<int> initial_axes(const RowPair& pair);
/// Sets the axis of every result from those of inputs and states; returns the first layer that mixes rows.
std::string spread(const RowPair& pair, std::vector<int>& axis);

}  // namespace keraunos::host
