// Computes offsets in one arena for buffers, each of which lives from one step to another.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace keraunos::host {

struct Interval {
  int first = 0, last = 0;  ///< steps, inclusive
  int64_t bytes = 0;
  int64_t offset = -1;  ///< the result
};

struct MemoryOptions {
  int64_t alignment = 64;
  /// Bytes left free after each buffer, so that an overrun hits no other buffer; for tests.
  int64_t gap = 0;
};

/// Greedy by size: the largest buffer first, each at the lowest offset where it overlaps no buffer that lives at the same time.
/// Returns the arena's size. (Pisarchyk & Lee 2020 compare this with other methods; it is within a few percent of the lower bound
/// on real networks.)
int64_t plan_memory(std::span<Interval> intervals, const MemoryOptions& options);

}  // namespace keraunos::host
