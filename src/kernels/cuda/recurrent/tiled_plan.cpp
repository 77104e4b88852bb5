#include <algorithm>

#include "kernels/cuda/recurrent/tiled.h"

namespace keraunos::cuda {

bool plan_tiled(DType type, const RecurrentShape& s, const LaunchContext& context, TiledLayout& l) noexcept {
  constexpr int kLargestTile = 8;
  const int64_t computed = type == DType::float64 ? 8 : 4, gates = gates_of(s.kind);
  l.lanes = static_cast<int>(std::clamp<int64_t>(divide_up(s.units, 32) * 32, 32, kTiledThreads));
  l.splits = static_cast<int>(std::clamp<int64_t>(divide_up(s.units, 8), 1, kTiledThreads / l.lanes));
  l.share = divide_up(s.units, l.splits);
  l.tile = 1;
  const int largest = type == DType::float64 ? kLargestTile / 2 : kLargestTile;  // sums in double take two registers each
  while (l.tile < largest && l.tile * int64_t{context.multiprocessors} < s.batch) l.tile *= 2;
  const auto state_bytes = [&] {
    return computed * (4 * l.tile * s.units + 2 * l.tile + int64_t{l.splits} * gates * l.tile * l.lanes);
  };
  while (l.tile > 1 && state_bytes() > context.shared_bytes / 2) l.tile /= 2;
  if (state_bytes() > context.shared_bytes) return false;
  const int64_t row = l.splits * gates * s.units * size_of(type);  // one row of weights for every split
  l.kept = row == 0 ? 0 : std::min((context.shared_bytes - state_bytes()) / row, l.share);
  l.shared_bytes = state_bytes() + l.kept * row;
  return true;
}

}  // namespace keraunos::cuda
