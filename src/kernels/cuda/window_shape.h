// Converts the host's shapes to a kernel's window of three spatial axes: 1-D and 2-D windows get leading axes of one element.
#pragma once

#include "keraunos/layer.h"
#include "kernels/cuda/window.h"

namespace keraunos::cuda {

inline WindowShape window_shape(const Shape& x, const Shape& result, const Window& window) {
  WindowShape w;
  const size_t spatial = x.size() - 2;
  w.batch = x[0].size;
  for (size_t i = 0; i < spatial; ++i) {
    const size_t axis = 3 - spatial + i;
    w.in[axis] = x[i + 1].size, w.out[axis] = result[i + 1].size;
    w.window[axis] = window.size[i], w.stride[axis] = window.stride[i], w.dilation[axis] = window.dilation[i],
    w.low[axis] = window.low[i];
  }
  return w;
}

}  // namespace keraunos::cuda
