// What an operation is told when it is asked where the rows of a batch lie (rows.h), and what it may ask itself.
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

/// A node of one of the two graphs and the batch axes of all values before it.
struct RowRule {
  static constexpr int kNone = Rows::kNone, kMixed = Rows::kMixed;
  NodeView node;
  int64_t batch;
  const std::vector<int>& axis;

  int of(size_t operand) const;
  int rank(size_t operand) const { return node.rank(operand); }
  /// Operands `first` and later, broadcast against the result: all that have rows have them under one axis, and full.
  int aligned(size_t first, int found = kNone) const;
  /// Every operand has rows along axis 0 or none at all.
  int leading() const;
};

/// The same operations on the same values: only extents and constants may differ.
bool same_form(const Graph& a, const Graph& b);
/// The axes of constants; those of other values are to follow.
std::vector<int> initial_axes(const RowPair& pair);
/// Sets the axis of every result from those of inputs and states; answers the first layer in which rows meet.
std::string spread(const RowPair& pair, std::vector<int>& axis);

}  // namespace keraunos::host
