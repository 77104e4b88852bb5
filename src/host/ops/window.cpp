#include "host/ops/window.h"

#include "host/graph/extent.h"
#include "host/graph/graph.h"
#include "keraunos/error.h"

namespace keraunos::host {
namespace {

void require_between(const char* what, int64_t value, int64_t least, int64_t most) {
  if (value >= least && value <= most) return;
  throw UsageError("a window's " + std::string(what) + ": " + std::to_string(value) + " is not between " + std::to_string(least) +
                   " and " + std::to_string(most));
}

// The padded extent of one axis, checked.
Dim padded(Dim in, const Window& w, size_t axis) {
  require_between("size", w.size[axis], 1, kMostWindow);
  require_between("stride", w.stride[axis], 1, kMostWindow);
  require_between("dilation", w.dilation[axis], 1, kMostWindow);
  require_between("padding in front", w.low[axis], 0, kMostBytes);
  require_between("padding behind", w.high[axis], 0, kMostBytes);
  return {in.size + w.low[axis] + w.high[axis], in.varies};
}

Dim window_result(const Graph& graph, Dim in, Dim padded, const Window& w, size_t axis) {
  const int64_t reach = reach_of(w.size[axis], w.dilation[axis]);
  if (padded.size >= reach) return {(padded.size - reach) / w.stride[axis] + 1, in.varies};
  if (graph.is_probe && in.varies) return {0, true};
  throw UsageError("a window reaches over " + std::to_string(reach) + " elements of axis " + std::to_string(axis + 1) +
                   ", which has " + std::to_string(in.size) +
                   (padded == in ? "" : " (" + std::to_string(padded.size) + " with padding)") + "; give it a larger input");
}

}  // namespace

// Kernels copy the padded input or a part of it, so the padded shape must be a valid tensor too.
Shape window_results(const Graph& graph, const ValueInfo& x, const Window& w) {
  Shape whole = x.shape, result = x.shape;
  for (size_t i = 0; i + 2 < x.shape.size(); ++i) whole[i + 1] = padded(x.shape[i + 1], w, i);
  checked_elements(whole, x.dtype);
  for (size_t i = 0; i + 2 < x.shape.size(); ++i) result[i + 1] = window_result(graph, x.shape[i + 1], whole[i + 1], w, i);
  return result;
}

std::string window_text(const Window& w) {
  return "size=" + list_text(w.size) + " stride=" + list_text(w.stride) + " dilation=" + list_text(w.dilation) +
         " low=" + list_text(w.low) + " high=" + list_text(w.high);
}

void mix_window(Hash& hash, const Window& w) { hash.range(w.size).range(w.stride).range(w.dilation).range(w.low).range(w.high); }

}  // namespace keraunos::host
