// Copies a caller's rows into pinned memory, and results out of it.
#pragma once

#include <cstddef>

#include "host/run/device.h"

namespace keraunos::host {

/// True for a copy of so many bytes that threads share it; its slices are transferred to the device while the next slice is
/// copied.
inline bool is_shared_copy(int64_t bytes, const DeviceRuntime& threads) { return bytes >= threads.costs().copy.shared_bytes; }

/// Copies up to `rows` rows of `view` to `to` as elements of `type`, in slices. Missing rows are filled with copies of the last
/// row, so that padding contains neither NaN nor an index outside a table.
class Staging {
 public:
  Staging(const TensorView& view, int64_t rows, DType type, std::byte* to);
  /// Copies the next slice: its range of bytes in `to`. Empty after the last one.
  struct Slice {
    int64_t begin, end;
    bool empty() const noexcept { return begin == end; }
  };
  Slice next(const DeviceRuntime& threads);
  /// Copies the remaining slices.
  void finish(const DeviceRuntime& threads);

 private:
  void copy(int64_t begin, int64_t end) const;
  void repeat_last_row(int64_t begin) const;

  const TensorView& view_;
  DType type_;
  std::byte* to_;
  int64_t row_elements_ = 0, there_ = 0, all_ = 0, done_ = 0;  // in elements
};

/// memcpy by several threads where that is faster.
void copy_by_threads(void* to, const void* from, int64_t bytes, const DeviceRuntime& threads);

}  // namespace keraunos::host
