// The geometry of a convolution or pooling, always with three spatial axes: 1-D and 2-D have leading axes of one element.
#pragma once

#include "kernels/cpu/steps.h"

namespace keraunos::cpu {

struct WindowShape {
  int64_t batch = 1, channels = 1, filters = 1;
  int64_t in[3]{1, 1, 1}, out[3]{1, 1, 1}, size[3]{1, 1, 1}, stride[3]{1, 1, 1}, dilation[3]{1, 1, 1}, low[3]{0, 0, 0};

  int64_t in_positions() const noexcept { return in[0] * in[1] * in[2]; }
  int64_t out_positions() const noexcept { return out[0] * out[1] * out[2]; }
  int64_t taps() const noexcept { return size[0] * size[1] * size[2]; }
  /// The start of output position `o`'s window along an axis; may be negative.
  int64_t start(int axis, int64_t o) const noexcept { return o * stride[axis] - low[axis]; }
};

/// The taps of a window that lie on the input along one axis: first … last−1.
struct TapRange {
  int64_t first, last;
};
inline TapRange taps_inside(const WindowShape& w, int axis, int64_t start) noexcept {
  const int64_t step = w.dilation[axis];
  const int64_t first = start >= 0 ? 0 : (-start + step - 1) / step;
  const int64_t room = w.in[axis] - start;  // positions from the start to the end of the input
  const int64_t last = room <= 0 ? 0 : (room + step - 1) / step;
  return {first, last < w.size[axis] ? last : w.size[axis]};
}

inline WindowShape window_shape(const Shape& x, const Shape& result, const Window& window) {
  WindowShape w;
  const size_t spatial = x.size() - 2;
  w.batch = x[0].size, w.channels = x.back().size, w.filters = result.back().size;
  for (size_t i = 0; i < spatial; ++i) {
    const size_t axis = 3 - spatial + i;
    w.in[axis] = x[i + 1].size, w.out[axis] = result[i + 1].size;
    w.size[axis] = window.size[i], w.stride[axis] = window.stride[i], w.dilation[axis] = window.dilation[i],
    w.low[axis] = window.low[i];
  }
  return w;
}

}  // namespace keraunos::cpu
