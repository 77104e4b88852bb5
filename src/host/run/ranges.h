// Named ranges that NVIDIA's tools show above what a thread enqueues (NVTX 3). Defined in kernels/, as make_device() is. Without
// a tool that listens a range does nothing.
#pragma once

#include <string>
#include <vector>

namespace keraunos::host {

/// This build was made with CUDA and the header nvtx3/nvToolsExt.h of its toolkit.
bool has_ranges() noexcept;
/// Of this thread; they nest.
void begin_range(const char* name) noexcept;
void end_range() noexcept;

/// A range while this lives; null: none.
class Range {
 public:
  explicit Range(const char* name) : begun_(name != nullptr) {
    if (begun_) begin_range(name);
  }
  ~Range() {
    if (begun_) end_range();
  }
  Range(const Range&) = delete;
  Range& operator=(const Range&) = delete;

 private:
  bool begun_;
};

}  // namespace keraunos::host
