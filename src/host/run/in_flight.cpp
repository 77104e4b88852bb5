#include "host/run/in_flight.h"

#include <algorithm>

#include "host/run/session_state.h"

namespace keraunos::host {
namespace {

// On a device where each shape costs a plan and a graph, batch sizes are rounded up: powers of two up to 64, then multiples of
// 64.
int64_t bucket(int64_t rows) {
  if (rows >= 64) return (rows + 63) / 64 * 64;
  int64_t size = 1;
  while (size < rows) size *= 2;
  return size;
}

}  // namespace

InFlight::~InFlight() {
  for (; flying_ > 0; --flying_) flights_[first_]->session->abandon(), take_off();
}

void InFlight::run(int64_t rows, bool rounds_up) {
  for (int64_t start = 0; start < batch_.rows(); start += rows) {
    batch_.throw_if_stopped(start);
    if (flying_ == kMost) land();
    const int64_t there = std::min(rows, batch_.rows() - start);
    launch(start, there, rounds_up ? bucket(there) : there);
  }
  while (flying_ > 0) land();
}

void InFlight::launch(int64_t start, int64_t rows, int64_t planned) {
  const std::span<const TensorView> piece = batch_.piece(start, planned);
  if (start == 0) batch_.make_results(batch_.model().plan_for(batch_.types(piece))->outputs, planned);
  std::optional<Flight>& flight = flights_[(first_ + flying_) % kMost];
  flight.emplace(Flight{batch_.model().borrow(), start, rows});
  ++flying_;
  flight->session->start(piece, rows);
}

void InFlight::take_off() {
  flights_[first_].reset();
  first_ = (first_ + 1) % kMost;
}

void InFlight::land() {
  const int64_t start = flights_[first_]->start, rows = flights_[first_]->rows;
  flights_[first_]->session->finish(batch_.room(start, rows));
  take_off();
  --flying_;
  batch_.progress(start + rows);
}

}  // namespace keraunos::host
