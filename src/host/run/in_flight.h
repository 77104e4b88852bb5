// Chunks: pieces of a batch on a device with its own memory. While one is computed, the next is copied to the device and the one
// before is copied back.
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

  /// Computes chunks of `rows`; the last may have fewer. `rounds_up`: rows are independent, and a chunk may be padded to a number
  /// of rows that other chunks share.
  void run(int64_t rows, bool rounds_up);

 private:
  static constexpr size_t kMost = 3;  // copy in, compute, copy out
  struct Chunk {
    ModelState::Borrowed session;
    int64_t start, rows;
  };
  void launch(int64_t start, int64_t rows, int64_t planned);
  void finish_oldest();
  void remove_oldest();

  Batch& batch_;
  std::array<std::optional<Chunk>, kMost> chunks_;  // a ring buffer
  size_t first_ = 0, running_ = 0;
};

}  // namespace keraunos::host
