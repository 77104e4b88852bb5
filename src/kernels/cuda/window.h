// Windows over up to three spatial axes, channels last; unused axes have extent 1.
#pragma once

#include <cstdint>

#include "kernels/math/hd.h"

namespace keraunos::cuda {

struct WindowShape {
  int64_t batch = 0;
  int64_t in[3] = {1, 1, 1}, out[3] = {1, 1, 1}, window[3] = {1, 1, 1}, stride[3] = {1, 1, 1}, dilation[3] = {1, 1, 1},
          low[3] = {0, 0, 0};
  int64_t positions() const noexcept { return batch * out[0] * out[1] * out[2]; }
};

/// The taps of a window that lie inside an axis: taps tap … tap + count − 1, the first at `first`, `dilation` apart.
struct Reach {
  int64_t tap, first, count;
};

KERAUNOS_HD Reach reach_of(const WindowShape& s, int axis, int64_t position) {
  const int64_t dilation = s.dilation[axis], start = position * s.stride[axis] - s.low[axis];
  const int64_t tap = start < 0 ? (-start + dilation - 1) / dilation : 0;
  const int64_t first = start + tap * dilation;
  const int64_t room = s.in[axis] <= first ? 0 : (s.in[axis] - first + dilation - 1) / dilation, left = s.window[axis] - tap;
  return {tap, first, left < 0 ? 0 : (room < left ? room : left)};
}

/// Calls work(place, tap) for every tap of output position `position` (over batch and out) that lies inside: `place` is an input
/// position, `tap` an index of the window. Returns the number of taps.
template <class Work>
KERAUNOS_HD int64_t for_taps(const WindowShape& s, int64_t position, Work work) {
  Reach reach[3];
  for (int axis = 2; axis >= 0; --axis) {
    const int64_t next = position / s.out[axis];
    reach[axis] = reach_of(s, axis, position - next * s.out[axis]);
    position = next;
  }
  for (int64_t d = 0; d < reach[0].count; ++d) {
    const int64_t plane = position * s.in[0] + reach[0].first + d * s.dilation[0];
    for (int64_t h = 0; h < reach[1].count; ++h) {
      const int64_t row = plane * s.in[1] + reach[1].first + h * s.dilation[1];
      const int64_t taps = ((reach[0].tap + d) * s.window[1] + reach[1].tap + h) * s.window[2] + reach[2].tap;
      for (int64_t w = 0; w < reach[2].count; ++w) work(row * s.in[2] + reach[2].first + w * s.dilation[2], taps + w);
    }
  }
  return reach[0].count * reach[1].count * reach[2].count;
}

}  // namespace keraunos::cuda
