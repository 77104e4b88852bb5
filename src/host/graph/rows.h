// Finds the batch axis of each value. A batch may be cut or padded only when row i of every output depends on row i of the inputs
// alone; one rule for each operation decides that here.
#pragma once

#include <vector>

#include "host/graph/graph.h"

namespace keraunos::host {

/// The batch sizes of the two probes: primes, as a batch of 1 divides everything. Two, because one proves nothing: a fixed extent
/// may be a multiple of either, and a model may compute with its number of rows.
inline constexpr int64_t kProbeBatch = 7, kOtherProbeBatch = 11;

/// The batch axis of a value; kNone: the value does not depend on the batch; kMixed: it depends on several rows.
struct Rows {
  static constexpr int kNone = -1, kMixed = -2;
  std::vector<int> axis;  ///< per value
  /// True when every output and every input has its rows along axis 0.
  bool local = false;
  /// The layer that mixes rows, for messages; empty when local.
  std::string mixed_by;
};

/// `other` is the same model lowered with another batch that has no divisor in common with `graph`'s. An axis holds rows only
/// where the rules find it in both graphs and its extent is the same multiple of both batches.
Rows rows_of(const Graph& graph, const Graph& other);

}  // namespace keraunos::host
