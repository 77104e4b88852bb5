// Reductions and pooling.
#include "unit/kernels/cuda/compare.h"

namespace keraunos::cuda::tests {
namespace {

const std::vector<std::vector<int>> kAxes{{0}, {1}, {2}, {0, 1}, {0, 2}, {1, 2}, {0, 1, 2}};

TEST(CudaReduce, EveryKindOverEveryAxes) {
  for (Reduction kind : {Reduction::sum, Reduction::mean, Reduction::maximum, Reduction::minimum, Reduction::product}) {
    for (const auto& axes : kAxes) {
      expect_same_in_all_floats([&](Writer& w) { w.build.reduce(kind, w.operand({3, 33, 5}), axes); }, {}, 8);
    }
  }
}

TEST(CudaReduce, SizesOfEveryKind) {
  for (int64_t n : {0, 1, 31, 32, 33, 257, 3000}) {
    for (Reduction kind : {Reduction::sum, Reduction::mean, Reduction::maximum}) {
      expect_same(DType::float32, [&](Writer& w) {
        w.build.reduce(kind, w.operand({5, n}), std::vector<int>{1});
        w.build.reduce(kind, w.operand({n, 5}), std::vector<int>{0});
        w.build.reduce(kind, w.operand({2, n, 40}), std::vector<int>{1}, true);
      }, {}, 30);
    }
  }
}

TEST(CudaReduce, IntegersAndBooleans) {
  for (DType type : {DType::int32, DType::int8, DType::uint8, DType::int64}) {
    for (Reduction kind : {Reduction::sum, Reduction::maximum, Reduction::minimum}) {
      expect_same(type, [&](Writer& w) { w.build.reduce(kind, w.operand({4, 9}), std::vector<int>{1}); });
    }
  }
  for (Reduction kind : {Reduction::any, Reduction::all}) {
    for (int axis : {0, 1}) {
      expect_same(DType::float32, [&](Writer& w) { w.build.reduce(kind, w.mask({3, 4}), std::vector<int>{axis}); });
    }
  }
}

TEST(CudaReduce, NaNWins) {
  expect_same(DType::float32, [](Writer& w) {
    w.build.reduce(Reduction::maximum, w.values(w.type(), {2, 3}, {1, std::nan(""), 2, 1, 2, 3}), std::vector<int>{1});
  });
}

struct Windowed {
  Dims x;
  Window window;
};
const Windowed kWindows[] = {
    {{2, 7, 7, 3}, {.size = {2, 2, 1}, .stride = {2, 2, 1}}},
    {{2, 7, 6, 8}, {.size = {3, 3, 1}, .stride = {2, 2, 1}, .low = {1, 1, 0}, .high = {1, 1, 0}}},
    {{1, 5, 4, 33}, {.size = {3, 2, 1}, .stride = {1, 1, 1}, .low = {0, 1, 0}, .high = {2, 0, 0}}},
    {{2, 9, 4}, {.size = {3, 1, 1}, .stride = {2, 1, 1}, .dilation = {2, 1, 1}}},
    {{1, 4, 5, 6, 2}, {.size = {2, 3, 2}, .stride = {2, 2, 3}, .low = {1, 1, 1}, .high = {0, 1, 1}}},
    {{0, 4, 4, 2}, {.size = {2, 2, 1}}},
};

TEST(CudaPool, WindowsOfEveryKind) {
  for (const Windowed& p : kWindows) {
    expect_same_in_all_floats([&](Writer& w) {
      w.build.max_pool(w.operand(p.x), p.window);
      w.build.average_pool(w.operand(p.x), p.window);
    }, {}, 4);
  }
  expect_same(DType::int8, [&](Writer& w) { w.build.max_pool(w.operand(kWindows[1].x), kWindows[1].window); });
}

TEST(CudaPool, MemoryBesideAlignment) {
  expect_same(DType::float32, [&](Writer& w) { w.build.max_pool(w.operand(kWindows[1].x), kWindows[1].window); }, {.misaligned = 4});
}

}  // namespace
}  // namespace keraunos::cuda::tests
