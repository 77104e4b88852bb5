#include "host/run/in_flight.h"

#include <algorithm>

#include "host/run/session_state.h"

namespace keraunos::host {
namespace {

// On a device where each shape needs a plan and a CUDA graph, numbers of rows are rounded up: powers of two up to 64, then
// multiples of 64.
int64_t bucket(int64_t rows) {
  if (rows >= 64) return (rows + 63) / 64 * 64;
  int64_t size = 1;
  while (size < rows) size *= 2;
  return size;
}

}  // namespace

InFlight::~InFlight() {
  for (; running_ > 0; --running_) chunks_[first_]->session->abandon(), remove_oldest();
}

void InFlight::run(int64_t rows, bool rounds_up) {
  for (int64_t start = 0; start < batch_.rows(); start += rows) {
    batch_.throw_if_stopped(start);
    if (running_ == kMost) finish_oldest();
    const int64_t there = std::min(rows, batch_.rows() - start);
    launch(start, there, rounds_up ? bucket(there) : there);
  }
  while (running_ > 0) finish_oldest();
}

void InFlight::launch(int64_t start, int64_t rows, int64_t planned) {
  const std::span<const TensorView> piece = batch_.piece(start, planned);
  if (start == 0) batch_.make_results(batch_.model().plan_for(batch_.types(piece))->outputs, planned);
  std::optional<Chunk>& chunk = chunks_[(first_ + running_) % kMost];
  chunk.emplace(Chunk{batch_.session(), start, rows});
  ++running_;
  chunk->session->start(piece, rows);
}

void InFlight::remove_oldest() {
  chunks_[first_].reset();
  first_ = (first_ + 1) % kMost;
}

void InFlight::finish_oldest() {
  const int64_t start = chunks_[first_]->start, rows = chunks_[first_]->rows;
  chunks_[first_]->session->finish(batch_.room(start, rows));
  remove_oldest();
  --running_;
  batch_.progress(start + rows);
}

}  // namespace keraunos::host
