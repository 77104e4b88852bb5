// A launch has at most 32 blocks per multiprocessor; with more work each block runs several iterations, and each iteration must
// finish with shared memory before the next one writes it. All problems here are just large enough for that.
#include "unit/kernels/cuda/compare.h"

namespace keraunos::cuda::tests {
namespace {

constexpr int64_t kBlocks = 32 * 132 + 100;  // on the stand-in's 132 multiprocessors

TEST(CudaGrid, Transposes) {
  expect_same(DType::float32, [](Writer& w) { w.build.transpose(w.operand({kBlocks, 2, 3}), std::vector<int>{0, 2, 1}); });
}

TEST(CudaGrid, ReductionsOfRowsAndColumns) {
  expect_same(DType::float32, [](Writer& w) {
    w.build.reduce(Reduction::sum, w.operand({kBlocks * 8, 3}), std::vector<int>{1});
    w.build.reduce(Reduction::maximum, w.operand({3, kBlocks * 32}), std::vector<int>{0});
  });
}

TEST(CudaGrid, ShortAndLongRows) {
  expect_same(DType::float32, [](Writer& w) {
    w.build.softmax(w.operand({kBlocks * 4, 2}), -1);
    w.build.layer_norm(w.operand({kBlocks * 4, 2}), {}, {}, 1, 1e-3);
  });
}

TEST(CudaGrid, Products) {
  expect_same(DType::float32, [](Writer& w) { w.build.matmul(w.operand({kBlocks, 1, 3}), w.operand({kBlocks, 3, 1})); });
  expect_same(DType::int32, [](Writer& w) { w.build.matmul(w.operand({kBlocks, 1, 20}), w.operand({kBlocks, 20, 1})); });
}

TEST(CudaGrid, Attention) {
  expect_same(DType::float32, [](Writer& w) {
    const Value q = w.operand({kBlocks, 1, 1, 2}), k = w.operand({kBlocks, 3, 1, 2}), v = w.operand({kBlocks, 3, 1, 2});
    w.build.attention({}, {.query = q, .key = k, .value = v});
  });
}

TEST(CudaGrid, ElementsOneByOne) {
  const int64_t many = kBlocks * 256;
  expect_same(DType::float32, [many](Writer& w) {
    const Value x = w.operand({many + 1});  // odd: no packs
    w.build.unary(Function::relu, x);
    w.build.slice_axis(x, 0, many, many, -1);
    w.build.concatenate(std::vector{x, w.operand({1})}, 0);
    w.build.pad(x, std::vector<int64_t>{1}, std::vector<int64_t>{1}, 3);
  });
}

}  // namespace
}  // namespace keraunos::cuda::tests
