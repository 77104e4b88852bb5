// Decides which depthwise convolutions depthwise.cu computes, and how its threads divide the work.
#pragma once

#include <algorithm>

#include "kernels/cuda/conv.h"
#include "kernels/cuda/divisor.h"

namespace keraunos::cuda {

/// Channels of a thread: 16 bytes of float. With eight channels of a 16-bit type, sums and chains would not fit 64 registers.
inline constexpr int kChannelPack = 4;

/// Windows 3 or 5 columns wide, strides of 1 or 2, no dilation, over one or two axes; every index fits 31 bits.
inline bool has_common_window(const ConvShape& shape) {
  const WindowShape& w = shape.window;
  if (w.in[0] != 1 || w.out[0] != 1 || w.window[0] != 1 || w.low[0] != 0 || w.dilation[1] != 1 || w.dilation[2] != 1)
    return false;
  if ((w.window[2] != 3 && w.window[2] != 5) || (w.stride[2] != 1 && w.stride[2] != 2)) return false;
  // There are fewer threads than elements of y: strips and slices each extend beyond it by less than its size.
  const int64_t elements = w.batch * shape.channels * std::max(w.in[1] * w.in[2], w.out[1] * w.out[2]);
  return std::max({elements, w.window[1] * w.window[2] * shape.channels, w.out[1] * w.stride[1], w.low[1], w.low[2]}) <=
         INT32_MAX / 4;
}

/// The largest number of columns per thread that leaves enough threads to hide memory latency.
inline int columns_a_thread(const ConvShape& shape, const LaunchContext& context) {
  const int64_t rows = shape.window.batch * shape.window.out[1] * shape.channels / kChannelPack;
  for (int columns : {4, 2}) {
    if (rows * divide_up(shape.window.out[2], columns) >= int64_t{1024} * context.multiprocessors) return columns;
  }
  return 1;
}

/// Assignment of threads to y (batch, rows, columns, channels). From the fastest axis: `lanes` packs of channels, `rows` rows,
/// groups of columns, slices of `lanes` packs, strips of `rows` rows, batch. So a block covers adjacent rows and columns of a few
/// channels, whose windows overlap: data that several of its threads read comes from the L1 cache.
struct RowsPlan {
  Divisor lanes, rows, groups, slices, strips;
  uint32_t threads = 0, packs = 0;  ///< packs of channels
  uint32_t in_columns = 0;
  int32_t in_rows = 0, out_rows = 0, out_columns = 0;
  int32_t height = 0, stride = 0, low_rows = 0, low_columns = 0;
};

inline RowsPlan rows_plan(const ConvShape& shape, int columns) {
  constexpr int64_t kLanes = 32, kRows = 4;
  const WindowShape& w = shape.window;
  const int64_t packs = shape.channels / kChannelPack, slices = divide_up(packs, kLanes), lanes = divide_up(packs, slices);
  const int64_t strips = divide_up(w.out[1], kRows), rows = divide_up(w.out[1], strips), groups = divide_up(w.out[2], columns);
  RowsPlan s;
  s.lanes = Divisor(lanes), s.rows = Divisor(rows), s.groups = Divisor(groups), s.slices = Divisor(slices),
  s.strips = Divisor(strips);
  s.threads = static_cast<uint32_t>(w.batch * strips * rows * groups * slices * lanes), s.packs = static_cast<uint32_t>(packs);
  s.in_rows = static_cast<int32_t>(w.in[1]), s.in_columns = static_cast<uint32_t>(w.in[2]);
  s.out_rows = static_cast<int32_t>(w.out[1]), s.out_columns = static_cast<int32_t>(w.out[2]);
  s.height = static_cast<int32_t>(w.window[1]), s.stride = static_cast<int32_t>(w.stride[1]);
  s.low_rows = static_cast<int32_t>(w.low[1]), s.low_columns = static_cast<int32_t>(w.low[2]);
  return s;
}

}  // namespace keraunos::cuda
