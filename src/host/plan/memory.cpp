#include "host/plan/memory.h"

#include <algorithm>
#include <numeric>

#include "host/graph/extent.h"

namespace keraunos::host {

int64_t plan_memory(std::span<Interval> intervals, const MemoryOptions& options) {
  std::vector<size_t> order(intervals.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return intervals[a].bytes > intervals[b].bytes; });
  const auto padded = [&](int64_t bytes) {
    return (bytes + options.gap + options.alignment - 1) / options.alignment * options.alignment;
  };

  std::vector<size_t> placed;  // sorted by offset
  int64_t total = 0;
  for (size_t index : order) {
    Interval& buffer = intervals[index];
    int64_t offset = 0;
    for (size_t other : placed) {
      const Interval& there = intervals[other];
      if (there.last < buffer.first || buffer.last < there.first) continue;
      if (checked_add(offset, padded(buffer.bytes)) <= there.offset) break;
      offset = std::max(offset, checked_add(there.offset, padded(there.bytes)));
    }
    buffer.offset = offset;
    total = std::max(total, checked_add(offset, padded(buffer.bytes)));
    const auto at =
        std::upper_bound(placed.begin(), placed.end(), offset, [&](int64_t o, size_t i) { return o < intervals[i].offset; });
    placed.insert(at, index);
  }
  return total;
}

}  // namespace keraunos::host
