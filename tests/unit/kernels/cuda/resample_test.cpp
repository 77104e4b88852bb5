// Weighted sums along an axis, and interleaving the phases of a stride.
#include "unit/kernels/cuda/compare.h"

namespace keraunos::cuda::tests {
namespace {

TEST(CudaResample, EveryAxis) {
  for (const DType type : {DType::float32, DType::float64}) {
    expect_same(type, [](Writer& w) {
      const Value ids = w.values(DType::int32, {2, 3}, {0, 1, 2, 2, 0, 1}, true);
      const Value weights = w.operand({2, 3}, true);
      for (int axis = 0; axis < 3; ++axis) w.graph.add(host::Resample{axis}, {w.operand({3, 4, 5}), ids, weights});
    });
  }
}

TEST(CudaResample, BetweenTwoElements) {
  expect_same(DType::float32, [](Writer& w) {
    const Value ids = w.values(DType::int32, {3, 2}, {0, 1, 1, 1, 2, 3}, true);
    w.graph.add(host::Resample{1, true}, {w.operand({2, 4, 33}), ids, w.operand({3, 2}, true)});
  });
}

TEST(CudaInterleave, PartsAndCrops) {
  for (const DType type : {DType::float32, DType::bfloat16, DType::int64}) {
    expect_same(type, [](Writer& w) {
      host::Interleave op{.stride = {3, 2, 1}, .start = {1, 0, 0}, .size = {7, 4, 1}};
      op.parts = {{{0, 0, 0}, {2, 2, 1}}, {{2, 0, 0}, {1, 2, 1}}};
      w.graph.add(op, {w.operand({2, 3, 2, 12}), w.operand({2, 3, 2, 6})});
    });
  }
}

}  // namespace
}  // namespace keraunos::cuda::tests
