// Rows combined with the rows at their places, in their order, against plain loops.
#include "host/ops/scatter.h"

#include <gtest/gtest.h>

#include "unit/kernels/cpu/harness.h"

namespace keraunos::cpu::testing {
namespace {

using host::Combine;

double together(Combine how, double a, double b) {
  switch (how) {
    case Combine::replace: return b;
    case Combine::add: return a + b;
    case Combine::multiply: return a * b;
    case Combine::maximum: return std::max(a, b);
    case Combine::minimum: return std::min(a, b);
  }
  return 0;
}

TEST(Scatter, CombinesRowsInTheirOrder) {
  const std::vector<double> places{1, 2, 0, 0, 1, 2, 1, 2, 0, 1};
  for (const Combine how : {Combine::replace, Combine::add, Combine::multiply, Combine::maximum, Combine::minimum}) {
    for (const DType type : {DType::float32, DType::float64, DType::int8, DType::uint16, DType::int64}) {
      for (const int64_t width : {1, 5, 300}) {
        Net net;
        Tensor base = random_tensor(type, {2, 3, width}, 5), rows = random_tensor(type, {5, width}, 6);
        std::vector<double> expected = doubles(base);
        const std::vector<double> numbers = doubles(rows);
        const auto columns = static_cast<size_t>(width);
        for (size_t i = 0; i < 5; ++i) {
          const auto place = static_cast<size_t>(places[2 * i] * 3 + places[2 * i + 1]);
          for (size_t k = 0; k < columns; ++k) {
            double& to = expected[place * columns + k];
            to = together(how, to, numbers[i * columns + k]);
            if (!is_floating(type)) to = math::convert(math::constant_word(to, type), type, DType::float64).real;
          }
        }
        const Value ids = net.input(tensor_of(DType::int32, {5, 2}, places));
        const Value y =
            net.graph.add(host::Scatter{.combine = how}, {net.input(std::move(base)), ids, net.input(std::move(rows))})[0];
        expect_close(net.run(y), expected, 1e-5, 1e-6);
      }
    }
  }
}

// 2048 + 1 is 2048 in float16, so ones that are added one by one are lost.
TEST(Scatter, RoundsAfterEachRow) {
  Net net;
  const Value base = net.input(tensor_of(DType::float16, {1}, {2048}));
  const Value ids = net.input(tensor_of(DType::int64, {4, 1}, {0, 0, 0, 0}));
  const Value rows = net.input(tensor_of(DType::float16, {4}, {1, 1, 1, 1}));
  expect_close(net.run(net.graph.add(host::Scatter{.combine = Combine::add}, {base, ids, rows})[0]), {2048}, 0, 0);
}

TEST(Scatter, KeepsIntegersAbove2To53) {
  Net net;
  const auto wide = [](int64_t number) {
    Tensor tensor(DType::int64, Dims{1});
    tensor.mutable_values<int64_t>()[0] = number;
    return tensor;
  };
  const Value ids = net.input(tensor_of(DType::int32, {1, 1}, {0}));
  const Value base = net.input(wide((int64_t{1} << 60) + 1)), rows = net.input(wide((int64_t{1} << 54) + 1));
  const Value y = net.graph.add(host::Scatter{.combine = Combine::add}, {base, ids, rows})[0];
  EXPECT_EQ(net.run(y).values<int64_t>()[0], (int64_t{1} << 60) + (int64_t{1} << 54) + 2);
}

TEST(Scatter, APlaceOutsideRaisesTheErrorWordAndIsLeftOut) {
  for (const double bad : {-1.0, 3.0}) {
    for (const bool drop : {false, true}) {
      Net net;
      const Value base = net.input(tensor_of(DType::float32, {3}, {1, 2, 3}));
      const Value ids = net.input(tensor_of(DType::int32, {2, 1}, {bad, 1}));
      const Value rows = net.input(tensor_of(DType::float32, {2}, {10, 20}));
      const host::Scatter op{.combine = Combine::add, .drop_negative = drop};
      expect_close(net.run(net.graph.add(op, {base, ids, rows})[0]), {1, 22, 3}, 0, 0);
      EXPECT_EQ(net.error.raised, drop && bad < 0 ? 0 : 1);
      if (net.error.raised != 0) {
        EXPECT_EQ(net.error.found, static_cast<int64_t>(bad));
      }
    }
  }
}

TEST(Scatter, OperandsThatDoNotFitAreRefused) {
  Net net;
  const Value base = net.input(random_tensor(DType::float32, {3, 2}, 1)),
              real = net.input(random_tensor(DType::float32, {2, 1}, 1));
  const Value ids = net.input(tensor_of(DType::int32, {2, 1}, {0, 1})),
              rows = net.input(random_tensor(DType::float32, {2, 3}, 1));
  const Value deep = net.input(random_tensor(DType::int32, {2, 3}, 1)), whole = net.input(random_tensor(DType::int32, {2, 2}, 1));
  for (const std::vector<Value>& in :
       {std::vector<Value>{base, real, rows}, {base, ids, rows}, {base, deep, rows}, {base, ids, whole}})
    EXPECT_THROW(net.graph.add(host::Scatter{}, in), UsageError);
}

}  // namespace
}  // namespace keraunos::cpu::testing
