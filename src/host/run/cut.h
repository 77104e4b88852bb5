// How a batch is cut.
#pragma once

#include <cstdint>

#include "host/run/row_cost.h"

namespace keraunos::host {

struct Batching {
  bool rows_are_local = false;  ///< the batch may be cut and padded: see rows.h
  RowCost cost{};               ///< where pieces run side by side
};

/// A call's batch.
struct BatchOf {
  int64_t rows;
  int64_t row_bytes;       ///< of the inputs
  int64_t asked_rows = 0;  ///< PredictOptions::batch_size
};

struct Cut {
  int64_t rows = 0;           ///< of a piece; the last may have fewer
  bool side_by_side = false;  ///< each of the device's threads computes pieces of its own; else all work on one after the other
  bool may_pad = false;       ///< rows are independent: a piece may be rounded up to a size that others share
};

/// `threads` that pieces can run on side by side; 0 where a piece always fills the device. `costs` are the device's.
Cut cut_of(const BatchOf& batch, const Batching& batching, int threads, const DeviceCosts& costs);

}  // namespace keraunos::host
