// Reductions and pooling.
#include "kernels/cuda/reduce.h"

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
      expect_same(
          DType::float32,
          [&](Writer& w) {
            w.build.reduce(kind, w.operand({5, n}), std::vector<int>{1});
            w.build.reduce(kind, w.operand({n, 5}), std::vector<int>{0});
            w.build.reduce(kind, w.operand({2, n, 40}), std::vector<int>{1}, true);
          },
          {}, 30);
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

struct Long {
  Dims x;
  std::vector<int> axes;
  bool split = true;
};
const Long kLong[] = {
    {{1, 53, 47, 32}, {1, 2}},         // the last axis is kept
    {{2, 2501, 9}, {1}},               // the last and the first are kept
    {{8999, 3}, {0}},                  // so few results that each has its own block
    {{33, 5, 61, 7}, {0, 2}},          // two axes that are not adjacent are reduced
    {{2, 16001}, {1}},                 // the last axis is reduced
    {{61, 3, 151}, {0, 2}},            // one axis between is kept
    {{37, 11, 79}, {0, 1, 2}},         // none is kept
    {{1, 27, 29, 41}, {1, 2}, false},  // narrow blocks suffice
    {{1, 7, 7, 201}, {1, 2}, false},
    {{5000, 40}, {1}, false},  // many results
    {{2, 3001}, {1}, false},   // a block has enough threads
};

void reduce_long(DType type, Reduction kind, const Long& l) {
  const std::vector<std::string> expected{l.split ? "reduce, split" : "reduce"};
  EXPECT_EQ(expect_same(
                type, [&](Writer& w) { w.build.reduce(kind, w.operand(l.x), l.axes); }, {}, 2),
            expected)
      << l.x.to_string();
}

TEST(CudaReduce, FewResultsOfManyTerms) {
  for (const Long& l : kLong) {
    for (DType type : kFloats) {
      for (Reduction kind : {Reduction::sum, Reduction::mean, Reduction::maximum}) reduce_long(type, kind, l);
    }
    reduce_long(DType::float32, Reduction::minimum, l);
    for (DType type : {DType::int32, DType::int8}) reduce_long(type, Reduction::sum, l);
    reduce_long(DType::uint8, Reduction::maximum, l);
    reduce_long(DType::int64, Reduction::minimum, l);
  }
}

TEST(CudaReduce, ProductsOfManyTerms) {  // powers of two, whose exponents cancel in every order of the elements
  for (const Long& l : kLong) {
    std::vector<double> numbers;
    for (int64_t i = 0; i < l.x.elements(); ++i)
      numbers.push_back((i % 23 == 4 ? 2 : (i % 23 == 15 ? 0.5 : 1)) * (i % 29 == 7 ? -1 : 1));
    for (DType type : {DType::float32, DType::float16}) {
      expect_same(type, [&](Writer& w) { w.build.reduce(Reduction::product, w.values(w.type(), l.x, numbers), l.axes); });
    }
  }
}

TEST(CudaReduce, OneOddTermOfMany) {
  const Dims x{2, 2501, 9};
  const auto with = [&](double odd, double others) {
    std::vector<double> numbers(static_cast<size_t>(x.elements()), others);
    for (int64_t at : {1999 * 9 + 3, 2501 * 9 + 4, 2501 * 9 * 2 - 1}) numbers[static_cast<size_t>(at)] = odd;
    return numbers;
  };
  for (Reduction kind : {Reduction::maximum, Reduction::minimum, Reduction::mean}) {
    for (double odd : {std::nan(""), double(INFINITY), -double(INFINITY)}) {
      expect_same_in_all_floats(
          [&](Writer& w) { w.build.reduce(kind, w.values(w.type(), x, with(odd, 1)), std::vector<int>{1}); });
    }
  }
  expect_same(DType::float32, [&](Writer& w) {
    w.build.reduce(Reduction::any, w.values(DType::boolean, x, with(1, 0)), std::vector<int>{1});
    w.build.reduce(Reduction::all, w.values(DType::boolean, x, with(0, 1)), std::vector<int>{1});
  });
}

TEST(CudaReduce, LayoutsFillTheDevice) {
  const LaunchContext context{.multiprocessors = 132};
  const auto plan = [&](int64_t results, int64_t terms, bool last_stays) {
    ReduceShape shape;
    shape.kept.add_axis(results, {last_stays ? 1 : terms});
    shape.reduced.add_axis(terms, {last_stays ? results : 1});
    return plan_reduce(DType::float16, shape, context);
  };
  for (int64_t results : {1, 3, 8, 32, 100, 1000, 100000}) {
    for (int64_t terms : {0, 1, 7, 300, 1025, 12544, 1000003, 100000007}) {
      for (bool last_stays : {false, true}) {
        const ReduceLayout l = plan(results, terms, last_stays);
        const std::string where = std::to_string(results) + " results of " + std::to_string(terms) + " terms";
        EXPECT_EQ(l.outputs * l.lanes, int(kBlock)) << where;
        EXPECT_GE(l.groups * l.outputs, results) << where;
        EXPECT_GE(l.chunks * l.share, terms) << where;
        EXPECT_LT((l.chunks - 1) * l.share, std::max<int64_t>(terms, 1)) << where;
        EXPECT_EQ(l.workspace_bytes, l.split() ? l.chunks * results * 4 : 0) << where;
        EXPECT_LE(l.chunks == 1 ? 0 : l.chunks * l.groups, 4 * 132) << where;
        if (results * terms > int64_t{1} << 24) {
          EXPECT_GE(l.chunks * l.groups, 132) << where;
        }
      }
    }
  }
  const ReduceLayout mean = plan(32, 112 * 112, true);  // the image of a first convolution
  EXPECT_EQ(mean.groups * mean.chunks, 196);
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
    expect_same_in_all_floats(
        [&](Writer& w) {
          w.build.max_pool(w.operand(p.x), p.window);
          w.build.average_pool(w.operand(p.x), p.window);
        },
        {}, 4);
  }
  expect_same(DType::int8, [&](Writer& w) { w.build.max_pool(w.operand(kWindows[1].x), kWindows[1].window); });
}

TEST(CudaPool, MemoryBesideAlignment) {
  expect_same(DType::float32, [&](Writer& w) { w.build.max_pool(w.operand(kWindows[1].x), kWindows[1].window); },
              {.misaligned = 4});
}

}  // namespace
}  // namespace keraunos::cuda::tests
