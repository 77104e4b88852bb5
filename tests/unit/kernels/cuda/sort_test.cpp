// Sorted rows and running sums: a whole row in one block, rows sorted as runs that are merged, lines computed by threads and by
// blocks.
#include "unit/kernels/cuda/compare.h"

namespace keraunos::cuda::tests {
namespace {

using host::Scan;
using host::Sort;

constexpr DType kFew[] = {DType::float32, DType::float64, DType::bfloat16, DType::int8, DType::uint8, DType::int64};

TEST(CudaSort, RowsThatFitIntoABlock) {
  for (const DType type : kFew) {
    expect_same(type, [](Writer& w) {
      for (const int64_t length : {1, 2, 7, 64, 100}) w.graph.add(Sort{.results = Sort::both}, {w.operand({3, 5, length})});
      w.graph.add(Sort{.results = Sort::values, .descending = true}, {w.operand({2, 600})});
      w.graph.add(Sort{.results = Sort::places, .descending = true, .first = 3}, {w.operand({9, 33})});
    });
  }
}

TEST(CudaSort, RowsThatAreMerged) {
  for (const DType type : {DType::float32, DType::float64, DType::int8}) {
    expect_same(type, [](Writer& w) {
      const Value x = w.operand({2, 9001});
      w.graph.add(Sort{.results = Sort::both}, {x});
      w.graph.add(Sort{.results = Sort::both, .descending = true, .first = 10}, {x});
      w.graph.add(Sort{.results = Sort::places, .first = 5000}, {x});
    });
  }
}

TEST(CudaSort, NanAndZeros) {
  const double nan = std::nan(""), infinite = HUGE_VAL;
  for (const DType type : {DType::float32, DType::float64, DType::float16}) {
    expect_same(type, [&](Writer& w) {
      const Value x = w.values(w.type(), {2, 6}, {1, nan, 0, infinite, -0.0, -1, -infinite, nan, 0, -0.0, nan, 2});
      for (const bool descending : {false, true}) w.graph.add(Sort{.results = Sort::both, .descending = descending}, {x});
    });
  }
}

TEST(CudaSort, Nothing) {
  expect_same(DType::float32, [](Writer& w) {
    w.graph.add(Sort{.results = Sort::both}, {w.operand({3, 0})});
    w.graph.add(Sort{.results = Sort::both}, {w.operand({0, 3})});
    w.graph.add(Sort{.results = Sort::both, .first = 0}, {w.operand({2, 3})});
  });
}

TEST(CudaScan, EveryKindAndDirection) {
  for (const DType type : {DType::float32, DType::float64, DType::float16, DType::int32, DType::int64}) {
    expect_same(type, [&](Writer& w) {
      for (const int flags : {0, 1, 2, 3}) {
        for (const Scan::Kind kind : {Scan::sum, Scan::product, Scan::log_sum_exp}) {
          if (!is_floating(type) && kind != Scan::sum) continue;
          for (int axis = 0; axis < 3; ++axis)
            w.graph.add(Scan{kind, axis, (flags & 1) != 0, (flags & 2) != 0}, {w.operand({3, 4, 5})});
        }
      }
    });
  }
}

TEST(CudaScan, LongLines) {
  for (const DType type : {DType::float64, DType::int64}) {
    expect_same(type, [](Writer& w) {
      for (const bool exclusive : {false, true}) {
        for (const bool reverse : {false, true}) {
          w.graph.add(Scan{Scan::sum, 1, exclusive, reverse}, {w.operand({2, 2500})});
          w.graph.add(Scan{Scan::sum, 0, exclusive, reverse}, {w.operand({100, 3})});
          w.graph.add(Scan{Scan::sum, 0, exclusive, reverse}, {w.operand({100, 40})});
        }
      }
      w.graph.add(Scan{.axis = 1}, {w.operand({2, 0})});
    });
  }
  expect_same(DType::float32, [](Writer& w) { w.graph.add(Scan{Scan::log_sum_exp, 1}, {w.operand({2, 1100})}); });
}

}  // namespace
}  // namespace keraunos::cuda::tests
