// Chunks of a batch on a device with memory of its own: while one is computed, the next is on its way there and the one before
// on its way back.
#pragma once

#include <array>
#include <optional>

#include "host/run/batch.h"

namespace keraunos::host {

class InFlight {
 public:
  explicit InFlight(Batch& batch) : batch_(batch) {}
  /// Waits for chunks that still run after an error or a stop, so that no session returns to the pool with unfinished work.
  ~InFlight();
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;

  /// `rows` at a time, the last chunk perhaps fewer. `rounds_up`: rows are independent, and a chunk may be padded to a size
  /// that others share.
  void run(int64_t rows, bool rounds_up);

 private:
  static constexpr size_t kMost = 3;  // copy in, compute, copy out
  struct Flight {
    ModelState::Borrowed session;
    int64_t start, rows;
  };
  void launch(int64_t start, int64_t rows, int64_t planned);
  void land();
  void take_off();

  Batch& batch_;
  std::array<std::optional<Flight>, kMost> flights_;  // a ring
  size_t first_ = 0, flying_ = 0;
};

}  // namespace keraunos::host
