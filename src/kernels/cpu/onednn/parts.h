// Divides a convolution's result into parts that stay in a core's cache for the steps after it (a clamp, our epilogue): some
// lines of an image, or some images. A part is a smaller convolution with its own padding; parts of one kind share a primitive,
// and there are few kinds.
#pragma once

#include <vector>

#include "kernels/cpu/onednn/geometry.h"

namespace keraunos::cpu::onednn {

struct Part {
  size_t kind;
  int64_t x, y, elements;  // offsets in input and result, and the part's size in the result
};

/// Where padding covers many lines, every part has another kind, and compiling all of them would cost more than it gains.
constexpr size_t kMostKinds = 16;

struct Parts {
  std::vector<Geometry> kinds;
  std::vector<Part> all;
};

/// At least one part for each thread, if there are as many lines. Incomplete when there are more than kMostKinds.
Parts cut(const Geometry& whole, int threads);

}  // namespace keraunos::cpu::onednn
