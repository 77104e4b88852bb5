// NVTX 3: named ranges around the work that a thread enqueues, shown by NVIDIA's profilers. Defined in kernels/, like
// make_device(). A range has no effect if no profiler is attached.
#pragma once

#include <string>
#include <vector>

namespace keraunos::host {

/// True in a build with CUDA whose toolkit has the header nvtx3/nvToolsExt.h.
bool has_ranges() noexcept;
/// Begin and end a range of this thread; ranges nest.
void begin_range(const char* name) noexcept;
void end_range() noexcept;

/// A range during the lifetime of this object; none if the name is null.
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
