// Chooses how many rows a CPU thread computes at a time: few enough that a step's results are still in the core's cache when the
// next step reads them, and enough that reading the weights again for each piece is not most of the memory traffic.
#pragma once

#include <cstdint>

#include "host/graph/graph.h"
#include "host/run/device_costs.h"

namespace keraunos::host {

struct RowCost {
  int64_t widest = 0;      ///< bytes of one row: the largest sum that one step reads and writes
  int64_t moved = 0;       ///< bytes of one row that all steps read and write
  int64_t weights = 0;     ///< bytes of constants that all steps read, whatever the number of rows
  double products = 0;     ///< multiplications of matrix elements for one row
  bool recurrent = false;  ///< some step multiplies a few rows by its weights repeatedly

  /// The number of rows that suits a thread's cache, and the smallest that justifies waking a thread.
  int64_t rows_at_a_time(const CoreCosts& core) const noexcept;
  int64_t fewest_rows(const CoreCosts& core) const noexcept;
};

/// `graph` is optimised and was lowered with `batch` rows.
RowCost row_cost(const Graph& graph, int64_t batch, const CoreCosts& core);

}  // namespace keraunos::host
