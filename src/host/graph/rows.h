// Which axis of each value is the batch. Cutting a batch, or padding it, is legal only when row i of every output depends on
// row i of the inputs alone; one rule per operation decides that here.
#pragma once

#include <vector>

#include "host/graph/graph.h"

namespace keraunos::host {

/// Lower with these batches to ask: primes, as a batch of 1 divides everything. Two of them, since one proves nothing: a fixed
/// extent may be a multiple of either, and a model may compute with the number of its rows.
inline constexpr int64_t kProbeBatch = 7, kOtherProbeBatch = 11;

/// The batch axis of a value; kNone: the same for every batch; kMixed: rows have met.
struct Rows {
  static constexpr int kNone = -1, kMixed = -2;
  std::vector<int> axis;  ///< per value
  /// True when every output has its rows along axis 0, and every input too.
  bool local = false;
  /// Layer in which rows meet, for messages; empty when local.
  std::string mixed_by;
};

/// `other` is the same model lowered with another batch that has no divisor in common with `graph`'s. An axis holds rows only
/// where the rules find it in both graphs and its extent is the same multiple of both batches.
Rows rows_of(const Graph& graph, const Graph& other);

}  // namespace keraunos::host
