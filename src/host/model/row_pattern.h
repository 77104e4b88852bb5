// One optimised graph for all batch sizes of a model whose rows are independent: lowering, passes and folding are done for the
// two probes of rows.h, and a graph for another number of rows differs in the extents that grow with the batch. Proof and its
// limits are those by which batches are cut and padded.
#pragma once

#include <optional>

#include "host/graph/graph.h"
#include "host/graph/rows.h"

namespace keraunos::host {

class RowPattern {
 public:
  /// `graph` and `other` are kProbeBatch and kOtherProbeBatch rows of one model, optimised and folded. None where an extent, an
  /// operation or a constant tells the batch in another way than by its rows, and where a kernel is called, which may have been
  /// made for these shapes.
  static std::optional<RowPattern> of(Graph graph, const Graph& other);

  /// Optimised and folded. UsageError where a tensor would be too large, as lowering says it. For two rows and more: one row may
  /// fold further.
  Graph for_rows(int64_t rows) const;
  /// About what it holds beside constants.
  int64_t bytes() const;

 private:
  RowPattern(Graph graph, std::vector<int> axes) : graph_(std::move(graph)), axes_(std::move(axes)) {}
  Graph graph_;
  std::vector<int> axes_;  // of each value, where its rows are
};

}  // namespace keraunos::host
