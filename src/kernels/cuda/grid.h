// Launch geometry: the number of blocks. Kernels loop with the grid as stride, so every number of blocks is correct; this chooses
// a fast one.
#pragma once

#include <algorithm>
#include <cstdint>

namespace keraunos::cuda {

/// The properties of the device that launchers use.
struct LaunchContext {
  int multiprocessors = 1;
  int64_t shared_bytes = 48 << 10;  ///< shared memory available to one block
};

inline constexpr unsigned kBlock = 256;  // threads of a block where a kernel needs no other number

constexpr int64_t divide_up(int64_t n, int64_t by) noexcept { return (n + by - 1) / by; }

/// Blocks for `items` independent items, `per_block` of them at a time; at most enough to fill the GPU several times.
inline unsigned blocks_for(int64_t items, int64_t per_block, const LaunchContext& context) noexcept {
  const int64_t wanted = divide_up(items, per_block);
  return static_cast<unsigned>(std::clamp<int64_t>(wanted, 1, int64_t{32} * context.multiprocessors));
}

}  // namespace keraunos::cuda
