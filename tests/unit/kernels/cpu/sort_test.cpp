// Sorted rows and running sums, against the standard library and plain loops.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "unit/kernels/cpu/harness.h"

namespace keraunos::cpu::testing {
namespace {

using host::Scan;
using host::Sort;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN(), kInfinite = std::numeric_limits<double>::infinity();
constexpr DType kNumbers[] = {DType::float32, DType::float64, DType::float16, DType::bfloat16, DType::int8,  DType::uint8,
                              DType::int16,   DType::uint16,  DType::int32,   DType::uint32,   DType::int64, DType::uint64};

// The indices that sort a row: equal elements keep their order, NaN comes last.
std::vector<double> places_in_order(const std::vector<double>& row, bool descending) {
  std::vector<double> places(row.size());
  std::iota(places.begin(), places.end(), 0.0);
  std::stable_sort(places.begin(), places.end(), [&](double a, double b) {
    const double x = row[static_cast<size_t>(a)], y = row[static_cast<size_t>(b)];
    if (std::isnan(x) || std::isnan(y)) return !std::isnan(x) && std::isnan(y);
    return descending ? x > y : x < y;
  });
  return places;
}

void expect_in_order(Tensor x, bool descending, int64_t first) {
  const int64_t length = x.dims().back(), rows = length == 0 ? 0 : x.dims().elements() / length;
  const std::vector<double> values = doubles(x);
  std::vector<double> elements, places;
  for (int64_t row = 0; row < rows; ++row) {
    const std::vector<double> own(values.begin() + row * length, values.begin() + (row + 1) * length);
    const std::vector<double> order = places_in_order(own, descending);
    for (int64_t i = 0; i < (first == Sort::kAll ? length : first); ++i) {
      places.push_back(order[static_cast<size_t>(i)]);
      elements.push_back(own[static_cast<size_t>(places.back())]);
    }
  }
  Net net;
  const Value v = net.input(std::move(x));
  const auto both = net.graph.add(Sort{.results = Sort::both, .descending = descending, .first = first}, {v});
  const Value alone = net.graph.add(Sort{.results = Sort::places, .descending = descending, .first = first}, {v})[0];
  net.run();
  expect_close(net.at(both[0]), elements, 0, 0);
  expect_close(net.at(both[1]), places, 0, 0);
  expect_close(net.at(alone), places, 0, 0);
}

TEST(Sort, EveryTypeAndDirection) {
  for (const DType type : kNumbers) {
    for (const bool descending : {false, true}) {
      expect_in_order(random_tensor(type, Dims{3, 4, 61}, 5), descending, Sort::kAll);
      expect_in_order(random_tensor(type, Dims{2, 500}, 6), descending, 20);
    }
  }
  expect_in_order(random_tensor(DType::boolean, Dims{5, 33}, 5), false, Sort::kAll);
}

TEST(Sort, OneElementAndNone) {
  expect_in_order(random_tensor(DType::float32, Dims{3, 1}, 5), false, Sort::kAll);
  expect_in_order(random_tensor(DType::float32, Dims{3, 0}, 5), true, Sort::kAll);
  expect_in_order(random_tensor(DType::float32, Dims{0, 3}, 5), false, Sort::kAll);
  expect_in_order(random_tensor(DType::int32, Dims{4, 7}, 5), true, 0);
}

TEST(Sort, NumbersAtTheEndsOfTheirRange) {
  const auto expect = [](DType type, const std::vector<double>& row) {
    for (const bool descending : {false, true})
      expect_in_order(tensor_of(type, Dims{static_cast<int64_t>(row.size())}, row), descending, Sort::kAll);
  };
  for (const DType type : {DType::float32, DType::float64, DType::float16, DType::bfloat16})
    expect(type, {1, kNan, 0, kInfinite, -0.0, -1, -kInfinite, kNan, 0, -0.0, 1e-7, -1e-7});
  expect(DType::int64, {0, -0x1p63, 0x1p62, -1, 1});
  expect(DType::uint64, {0, 0x1p63, 1, 0x1p62});
  expect(DType::int32, {0, -0x1p31, 0x1p31 - 1, -1});
  expect(DType::uint32, {0, 0x1p32 - 1, 0x1p31});
  expect(DType::int8, {0, -128, 127, -1});
}

TEST(Sort, RefusesMoreElementsThanThereAre) {
  Net net;
  const Value x = net.input(random_tensor(DType::float32, Dims{2, 3}, 5));
  EXPECT_THROW(net.graph.add(Sort{.first = 4}, {x}), UsageError);
}

// Accumulates along axis 1 of (before, length, after) element by element, each result rounded to the type.
std::vector<double> accumulated_plainly(DType type, const Tensor& x, const Scan& op) {
  const std::vector<double> values = doubles(x);
  const int64_t length = x.dims()[1], after = x.dims()[2];
  std::vector<double> expected(values.size());
  for (int64_t line = 0; line < x.dims()[0] * after; ++line) {
    double so_far = op.kind == Scan::sum ? 0 : op.kind == Scan::product ? 1 : -kInfinite;
    for (int64_t i = 0; i < length; ++i) {
      const int64_t place = op.reverse ? length - 1 - i : i;
      const auto at = static_cast<size_t>((line / after * length + place) * after + line % after);
      const double before = so_far, y = values[at];
      so_far = op.kind == Scan::sum       ? so_far + y
               : op.kind == Scan::product ? so_far * y
                                          : std::log(std::exp(so_far) + std::exp(y));
      if (is_floating(type)) so_far = rounded(type, so_far);
      expected[at] = op.exclusive ? before : so_far;
    }
  }
  return expected;
}

TEST(Scan, EveryTypeAndDirection) {
  for (const DType type : kNumbers) {
    for (const Scan::Kind kind : {Scan::sum, Scan::product, Scan::log_sum_exp}) {
      if (!is_floating(type) && kind != Scan::sum) continue;  // products of integers are tested below
      for (const Dims& dims : {Dims{3, 17, 1}, Dims{2, 5, 7}, Dims{2, 0, 3}, Dims{1, 1, 1}}) {
        for (const int flags : {0, 1, 2, 3}) {
          Net net;
          Tensor x = random_tensor(type, dims, 7);
          if (size_of(type) == 1) x = random_tensor(DType::boolean, dims, 7);
          const Scan op{.kind = kind, .axis = 1, .exclusive = (flags & 1) != 0, .reverse = (flags & 2) != 0};
          Value v = net.input(std::move(x));
          v = net.build.cast(v, type);
          const Value y = net.graph.add(op, {v})[0];
          net.run();
          const double tolerance = kind == Scan::log_sum_exp ? tolerance_of(type, 20).relative * 4 : 0;
          expect_close(net.at(y), accumulated_plainly(type, net.at(v), op), tolerance, tolerance);
        }
      }
    }
  }
}

TEST(Scan, IntegersWrap) {
  Net net;
  const Value x = net.input(tensor_of(DType::int8, Dims{1, 4}, {100, 100, -128, 2}));
  const Value sums = net.graph.add(Scan{.axis = 1}, {x})[0], products = net.graph.add(Scan{Scan::product, 1}, {x})[0];
  net.run();
  expect_close(net.at(sums), {100, -56, 72, 74}, 0, 0);
  expect_close(net.at(products), {100, 16, 0, 0}, 0, 0);
}

// TensorFlow treats NaN as the value accumulated so far.
TEST(Scan, LogarithmsOfSumsBesideNan) {
  Net net;
  const Value x = net.input(tensor_of(DType::float64, Dims{5}, {1, -kInfinite, 2, kNan, 1}));
  const Value y = net.graph.add(Scan{Scan::log_sum_exp, 0}, {x})[0];
  const double third = std::log(std::exp(1.0) + std::exp(2.0)), fourth = third + std::log(2.0);
  expect_close(net.run(y), {1, 1, third, fourth, std::log(std::exp(fourth) + std::exp(1.0))}, 1e-14, 0);
}

TEST(Scan, RefusesBooleans) {
  Net net;
  const Value x = net.input(random_tensor(DType::boolean, Dims{2, 3}, 5));
  EXPECT_THROW(net.graph.add(Scan{.axis = 1}, {x}), UsageError);
}

}  // namespace
}  // namespace keraunos::cpu::testing
