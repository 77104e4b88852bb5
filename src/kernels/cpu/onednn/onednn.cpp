#include "kernels/cpu/onednn/onednn.h"

#include <algorithm>
#include <utility>

#include "kernels/cpu/onednn/step.h"

namespace keraunos::cpu::onednn {
namespace {

// The extents from which oneDNN derives a result's extent must give ours.
bool agrees(const Geometry& g, int axis) {
  const int64_t reach = (g.size[axis] - 1) * g.dilation[axis] + 1;
  const int64_t room = g.in[axis] + g.low[axis] + g.high[axis] - reach;
  return room >= 0 && room / g.stride[axis] + 1 == g.out[axis] && g.low[axis] < reach && g.high[axis] < reach;
}

}  // namespace

StepPointer make_convolution(const Task& task, const WindowShape& w, int64_t groups, const host::Program& epilogue) {
  if (w.in[0] != 1 || w.out[0] != 1 || w.size[0] != 1 || w.low[0] != 0) return nullptr;
  Geometry g{.batch = w.batch, .channels = w.channels, .filters = w.filters, .groups = groups};
  for (int axis = 0; axis < 2; ++axis) {
    const int from = axis + 1;
    g.in[axis] = w.in[from], g.out[axis] = w.out[from], g.size[axis] = w.size[from], g.stride[axis] = w.stride[from];
    g.dilation[axis] = w.dilation[from], g.low[axis] = w.low[from];
    const int64_t end = (w.out[from] - 1) * w.stride[from] - w.low[from] + (w.size[from] - 1) * w.dilation[from] + 1;
    g.high[axis] = std::max<int64_t>(end - w.in[from], 0);
    if (!agrees(g, axis)) return nullptr;
  }
  // A sequence becomes a column, so that it can be divided into parts.
  if (g.in[0] == 1 && g.out[0] == 1 && g.size[0] == 1 && g.low[0] == 0) {
    for (int64_t* extents : {g.in, g.out, g.size, g.stride, g.dilation, g.low, g.high}) std::swap(extents[0], extents[1]);
  }
  return make_step(task, g, epilogue);
}

StepPointer make_product(const Task& task, const ProductShape& shape, bool transpose_b, const host::Program& epilogue) {
  if (shape.batch != 1) return nullptr;
  Geometry g{.channels = shape.k, .filters = shape.n, .transposed = transpose_b};
  g.in[0] = g.out[0] = shape.m;
  return make_step(task, g, epilogue);
}

}  // namespace keraunos::cpu::onednn
