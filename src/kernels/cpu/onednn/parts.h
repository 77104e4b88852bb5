// How a convolution's result is cut into parts that stay in a core's cache for what follows them (a clamp, an epilogue of ours):
// some lines of an image, or some images. A part is a smaller convolution with its own padding; few of them differ, and those
// that are alike share a primitive.
#pragma once

#include <vector>

#include "kernels/cpu/onednn/geometry.h"

namespace keraunos::cpu::onednn {

struct Part {
  size_t kind;
  int64_t x, y, elements;  // offsets into input and result, and how much of the result
};

/// With padding that reaches over many lines every part is of another kind, and compiling them all would not pay.
constexpr size_t kMostKinds = 16;

struct Parts {
  std::vector<Geometry> kinds;
  std::vector<Part> all;
};

/// At least one part for each thread, where there are as many lines. Incomplete when there are more than kMostKinds.
Parts cut(const Geometry& whole, int threads);

}  // namespace keraunos::cpu::onednn
