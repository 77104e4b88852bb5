#include "host/run/cut.h"

#include <algorithm>

namespace keraunos::host {
namespace {

constexpr int64_t kKerasBatch = 32;

int64_t pieces_of(int64_t total, int64_t rows) { return (total + rows - 1) / rows; }

// The number of rows, at most `rows`, that makes pieces equal, so that they share one plan (2,000 rows give two pieces of 1,000,
// not 1,024 and 976), and that fills whole waves of `together` pieces.
int64_t evenly(int64_t total, int64_t rows, int64_t together) {
  const int64_t waves = pieces_of(pieces_of(total, rows), together);
  return pieces_of(total, waves * together);
}

// True when threads are idle in the last wave for more than a fifth of the time.
bool idles(int64_t total, int64_t rows, int64_t threads) {
  return 4 * pieces_of(pieces_of(total, rows), threads) * threads * rows > 5 * total;
}

int64_t rows_in_turn(const BatchOf& batch, const Batching& batching, const ChunkCosts& chunk) {
  if (batch.asked_rows > 0) return batch.asked_rows;
  if (batch.rows <= kKerasBatch) return batch.rows;
  if (!batching.rows_are_local) return kKerasBatch;
  return evenly(batch.rows, std::clamp(chunk.bytes / std::max<int64_t>(batch.row_bytes, 1), kKerasBatch, chunk.most_rows), 1);
}

}  // namespace

Cut cut_of(const BatchOf& batch, const Batching& batching, int threads, const DeviceCosts& costs) {
  const Cut in_turn{.rows = rows_in_turn(batch, batching, costs.chunk), .may_pad = batching.rows_are_local};
  if (threads == 0 || batch.rows < 2 || !batching.rows_are_local) return in_turn;
  int64_t rows = batch.asked_rows;
  if (rows == 0) {
    const int64_t fewest = batching.cost.fewest_rows(costs.core), each = batch.rows / threads;
    if (each < fewest) return in_turn;
    rows = evenly(batch.rows, std::min(each, std::max(batching.cost.rows_at_a_time(costs.core), fewest)), threads);
  }
  // Where some threads would be idle, all threads share every step instead.
  if (rows >= batch.rows || idles(batch.rows, rows, threads)) return in_turn;
  return {.rows = rows, .side_by_side = true, .may_pad = true};
}

}  // namespace keraunos::host
