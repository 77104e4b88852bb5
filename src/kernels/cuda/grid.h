// Launch geometry: how many blocks for how much work. Kernels loop with the grid as stride, so any number of blocks is right and
// these only choose a good one.
#pragma once

#include <algorithm>
#include <cstdint>

namespace keraunos::cuda {

/// What launchers know of the device.
struct LaunchContext {
  int multiprocessors = 1;
  int64_t shared_bytes = 48 << 10;  ///< that one block may ask for
};

inline constexpr unsigned kBlock = 256;  // threads of kernels with no reason for another number

constexpr int64_t divide_up(int64_t n, int64_t by) noexcept { return (n + by - 1) / by; }

/// Blocks for `items` independent pieces of work, `per_block` of them at a time; enough to fill the GPU several times over at
/// most.
inline unsigned blocks_for(int64_t items, int64_t per_block, const LaunchContext& context) noexcept {
  const int64_t wanted = divide_up(items, per_block);
  return static_cast<unsigned>(std::clamp<int64_t>(wanted, 1, int64_t{32} * context.multiprocessors));
}

}  // namespace keraunos::cuda
