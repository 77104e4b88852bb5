// Softmax and layer normalisation.
#include "unit/kernels/cuda/compare.h"

namespace keraunos::cuda::tests {
namespace {

const int64_t kLengths[] = {1, 2, 31, 32, 33, 64, 100, 129, 300, 513, 1024, 1025, 2500};

TEST(CudaSoftmax, RowsOfEveryLength) {
  for (int64_t n : kLengths) {
    for (bool log : {false, true}) {
      expect_same_in_all_floats([&](Writer& w) {
        w.graph.add(host::Softmax{.log = log}, {w.operand({7, n}, false, 5)},
                    {{.shape = host::shape_of({7, n}), .dtype = w.type()}});
      });
    }
  }
}

TEST(CudaSoftmax, InfinitiesAndNothing) {
  const double inf = std::numeric_limits<double>::infinity();
  for (const std::vector<double>& row : {std::vector{-inf, -inf, -inf}, std::vector{1.0, -inf, 3.0}, std::vector{1e4, -1e4, 0.0},
                                         std::vector{std::nan(""), 1.0, 2.0}}) {
    expect_same(DType::float32, [&](Writer& w) {
      w.graph.add(host::Softmax{}, {w.values(w.type(), {1, 3}, row)}, {{.shape = host::shape_of({1, 3}), .dtype = w.type()}});
    });
  }
  expect_same(DType::float32, [](Writer& w) {
    w.graph.add(host::Softmax{}, {w.operand({0, 3})}, {{.shape = host::shape_of({0, 3}), .dtype = w.type()}});
  });
}

TEST(CudaSoftmax, InPlace) {
  for (int64_t n : {33, 2000}) {
    expect_same(DType::float32,
                [&](Writer& w) {
                  w.graph.add(host::Softmax{}, {w.operand({5, n})}, {{.shape = host::shape_of({5, n}), .dtype = w.type()}});
                },
                {.in_place = true});
  }
}

TEST(CudaLayerNorm, RowsOfEveryLength) {
  for (int64_t n : kLengths) {
    for (int which : {0, 1, 2, 3}) {
      expect_same_in_all_floats(
          [&](Writer& w) {
            const Value gamma = which & 1 ? w.vector(n) : Value{}, beta = which & 2 ? w.vector(n) : Value{};
            w.graph.add(host::LayerNorm{.axes = 1, .epsilon = 1e-3}, {w.operand({5, n}, false, 4), gamma, beta},
                        {{.shape = host::shape_of({5, n}), .dtype = w.type()}});
          },
          {}, 4);
    }
  }
}

TEST(CudaLayerNorm, SeveralAxesInPlaceAndALargeMean) {
  expect_same(
      DType::float32,
      [](Writer& w) {
        w.graph.add(host::LayerNorm{.axes = 2, .epsilon = 1e-5},
                    {w.operand({3, 5, 7}), w.operand({5, 7}, true), w.operand({5, 7}, true)},
                    {{.shape = host::shape_of({3, 5, 7}), .dtype = w.type()}});
      },
      {.in_place = true}, 4);
  expect_same(
      DType::float32,
      [](Writer& w) {
        w.graph.add(host::LayerNorm{.axes = 1, .epsilon = 1e-5},
                    {w.values(w.type(), {1, 4}, {10001, 10002, 10003, 10004}), {}, {}},
                    {{.shape = host::shape_of({1, 4}), .dtype = w.type()}});
      },
      {}, 4);
}

}  // namespace
}  // namespace keraunos::cuda::tests
