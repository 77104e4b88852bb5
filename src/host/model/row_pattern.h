// One optimised graph for all batch sizes of a model whose rows are independent: lowering, passes and folding are done for the
// two probes of rows.h, and the graph for another number of rows differs only in the extents that are multiples of the batch. The
// conditions, and their limits, are those under which batches are cut and padded.
#pragma once

#include <optional>

#include "host/graph/graph.h"
#include "host/graph/rows.h"

namespace keraunos::host {

class RowPattern {
 public:
  /// `graph` and `other` have kProbeBatch and kOtherProbeBatch rows of one model, optimised and folded. Absent where an extent,
  /// an operation or a constant depends on the batch in another way than by its rows, and where a kernel is called, which may
  /// have been made for these shapes.
  static std::optional<RowPattern> of(Graph graph, const Graph& other);

  /// Optimised and folded. UsageError where a tensor would be too large, with the message of lowering. For at least two rows,
  /// because one row may fold further.
  Graph for_rows(int64_t rows) const;
  /// Estimated bytes without constants.
  int64_t bytes() const;

 private:
  RowPattern(Graph graph, std::vector<int> axes) : graph_(std::move(graph)), axes_(std::move(axes)) {}
  Graph graph_;
  std::vector<int> axes_;  // by value: its row axis
};

}  // namespace keraunos::host
