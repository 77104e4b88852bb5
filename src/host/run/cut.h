// Decides how a batch is cut into pieces.
#pragma once

#include <cstdint>

#include "host/run/row_cost.h"

namespace keraunos::host {

struct Batching {
  bool rows_are_local = false;  ///< the batch may be cut and padded (rows.h)
  RowCost cost{};               ///< for pieces that run side by side
};

/// The batch of a call.
struct BatchOf {
  int64_t rows;
  int64_t row_bytes;       ///< of the inputs
  int64_t asked_rows = 0;  ///< PredictOptions::batch_size
};

struct Cut {
  int64_t rows = 0;  ///< of a piece; the last piece may have fewer
  /// Each of the device's threads computes its own pieces; otherwise all threads compute one piece after the other.
  bool side_by_side = false;
  bool may_pad = false;  ///< rows are independent: a piece may be padded to a number of rows that other pieces share
};

/// `threads`: the number of threads on which pieces can run side by side; 0 where one piece always uses the whole device. `costs`
/// are the device's.
Cut cut_of(const BatchOf& batch, const Batching& batching, int threads, const DeviceCosts& costs);

}  // namespace keraunos::host
