// How a convolution is divided for oneDNN: each element is computed once, each thread has a part, and there are few kinds of
// parts.
#include <gtest/gtest.h>

#include <algorithm>

#include "kernels/cpu/onednn/parts.h"

namespace keraunos::cpu::onednn {
namespace {

Geometry images(int64_t batch, int64_t lines, int64_t columns, int64_t channels, int64_t filters, int64_t size = 1,
                int64_t dilation = 1) {
  Geometry g{.batch = batch, .channels = channels, .filters = filters};
  for (int axis = 0; axis < 2; ++axis) {
    g.in[axis] = g.out[axis] = axis == 0 ? lines : columns;
    g.size[axis] = size, g.dilation[axis] = dilation;
    g.low[axis] = g.high[axis] = (size - 1) * dilation / 2;
  }
  return g;
}

// Parts of the result in order, without gaps.
void expect_whole(const Geometry& g, const Parts& parts) {
  int64_t next = 0;
  for (const Part& part : parts.all) {
    EXPECT_EQ(part.y, next);
    const Geometry& kind = parts.kinds[part.kind];
    EXPECT_EQ(part.elements, kind.batch * kind.out[0] * kind.out[1] * kind.filters);
    EXPECT_GT(kind.in[0], 0);
    EXPECT_EQ((kind.in[0] + kind.low[0] + kind.high[0] - (g.size[0] - 1) * g.dilation[0] - 1) / g.stride[0] + 1, kind.out[0]);
    next += part.elements;
  }
  EXPECT_EQ(next, g.batch * g.out[0] * g.out[1] * g.filters);
}

TEST(OneDnnParts, EveryThreadHasOne) {
  for (const int threads : {1, 2, 3, 7, 8, 16}) {
    for (const int64_t lines : {1, 5, 9, 10, 28, 57}) {
      for (const int64_t batch : {1, 2, 3, 9}) {
        SCOPED_TRACE(std::to_string(threads) + " threads, " + std::to_string(batch) + " images of " + std::to_string(lines) +
                     " lines");
        const Geometry g = images(batch, lines, 13, 8, 24, 3);
        const Parts parts = cut(g, threads);
        expect_whole(g, parts);
        EXPECT_GE(static_cast<int64_t>(parts.all.size()), std::min<int64_t>(threads, batch * lines));
        EXPECT_LE(parts.kinds.size(), 5u);
      }
    }
  }
}

TEST(OneDnnParts, StayInACoresCache) {
  const Geometry g = images(2, 112, 112, 3, 64, 3);
  const Parts parts = cut(g, 1);
  expect_whole(g, parts);
  for (const Part& part : parts.all) EXPECT_LE(part.elements, 48 * 1024 + 112 * 64);
}

// Padding over many lines makes every part a different kind: oneDNN is not used then.
TEST(OneDnnParts, GiveUpWhereAllDiffer) {
  Geometry g = images(1, 65, 65, 1024, 1024, 3, 36);
  g.groups = 1024;
  EXPECT_GT(cut(g, 1).kinds.size(), kMostKinds);
  EXPECT_LT(cut(g, 1).kinds.size(), kMostKinds + 3);
}

}  // namespace
}  // namespace keraunos::cpu::onednn
