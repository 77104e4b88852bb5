// Weighted sums along an axis, and interleaving the phases of a stride, against plain loops.
#include <gtest/gtest.h>

#include <limits>

#include "unit/kernels/cpu/harness.h"

namespace keraunos::cpu::testing {
namespace {

Tensor int32s(const Dims& dims, const std::vector<int32_t>& values) {
  Tensor tensor(DType::int32, dims);
  std::copy(values.begin(), values.end(), tensor.mutable_values<int32_t>().begin());
  return tensor;
}

Tensor numbers(DType type, const Dims& dims, const std::vector<double>& values) {
  Tensor tensor(type, dims);
  for (size_t i = 0; i < values.size(); ++i)
    math::store_element(tensor.data(), type, static_cast<int64_t>(i), math::constant_word(values[i], type));
  return tensor;
}

TEST(Resample, SumsTheTapsThatCount) {
  const std::vector<int32_t> ids{0, 1, 3, 2, 2, 0, 3, 3, 3};
  const std::vector<double> weights{0.5, 0.25, 2, -1, 0, 3, 0, 0, 0};
  for (const DType type : {DType::float32, DType::float64}) {
    for (const int64_t after : {1, 3, 17}) {
      Net net;
      Tensor x = random_tensor(type, Dims{5, 4, after}, 7);
      const std::vector<double> values = doubles(x);
      std::vector<double> expected;
      for (int64_t row = 0; row < 5; ++row) {
        for (size_t i = 0; i < 3; ++i) {
          for (int64_t k = 0; k < after; ++k) {
            double sum = 0;
            for (size_t tap = 3 * i; tap < 3 * i + 3; ++tap)
              sum += weights[tap] * values[static_cast<size_t>((row * 4 + ids[tap]) * after + k)];
            expected.push_back(sum);
          }
        }
      }
      const Value v = net.input(std::move(x)), at = net.constant(int32s(Dims{3, 3}, ids)),
                  by = net.constant(numbers(type, Dims{3, 3}, weights));
      expect_close(net.run(net.graph.add(host::Resample{1}, {v, at, by})[0]), expected, 1e-6, 1e-6);
    }
  }
}

TEST(Resample, ATapOfWeightZeroIsNotRead) {
  Net net;
  const double infinite = std::numeric_limits<double>::infinity();
  const Value v = net.input(numbers(DType::float32, Dims{2, 1}, {3, infinite}));
  const Value at = net.constant(int32s(Dims{1, 2}, {0, 1})), by = net.constant(numbers(DType::float32, Dims{1, 2}, {2, 0}));
  expect_close(net.run(net.graph.add(host::Resample{0}, {v, at, by})[0]), {6}, 0, 0);
}

TEST(Resample, BetweenTwoElements) {
  Net net;
  const Value v = net.input(numbers(DType::float32, Dims{1, 3, 2}, {1, 2, 5, -6, 9, 10}));
  const Value at = net.constant(int32s(Dims{2, 2}, {0, 1, 2, 2}));
  const Value by = net.constant(numbers(DType::float32, Dims{2, 2}, {0.75, 0.25, 0.5, 0.5}));
  expect_close(net.run(net.graph.add(host::Resample{1, true}, {v, at, by})[0]), {2, 0, 9, 10}, 0, 0);
}

// The elements of the parts encode their positions: row, place on both axes, filter.
void check_interleave(const std::array<int64_t, 3>& start, const std::array<int64_t, 3>& size) {
  const int64_t rows = 2, high = 3, wide = 2, filters = 2;
  Net net;
  host::Interleave op{.stride = {3, 2, 1}, .start = start, .size = size};
  op.parts = {{{0, 0, 0}, {2, 1, 1}}, {{0, 1, 0}, {2, 1, 1}}, {{2, 0, 0}, {1, 2, 1}}};
  std::vector<Value> parts;
  const auto value = [](int64_t row, int64_t y, int64_t x, int64_t f) {
    return static_cast<double>(((row * 100 + y) * 100 + x) * 10 + f);
  };
  for (const auto& part : op.parts) {
    std::vector<double> elements;
    for (int64_t row = 0; row < rows; ++row) {
      for (int64_t i = 0; i < high * wide; ++i) {
        for (int64_t p = 0; p < part.count[0] * part.count[1]; ++p) {
          const int64_t y = i / wide * 3 + part.first[0] + p / part.count[1],
                        x = i % wide * 2 + part.first[1] + p % part.count[1];
          for (int64_t f = 0; f < filters; ++f) elements.push_back(value(row, y, x, f));
        }
      }
    }
    const Dims dims{rows, high, wide, part.count[0] * part.count[1] * filters};
    parts.push_back(net.input(numbers(DType::float32, dims, elements)));
  }
  std::vector<double> expected;
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t y = start[0]; y < start[0] + size[0]; ++y) {
      for (int64_t x = start[1]; x < start[1] + size[1]; ++x) {
        for (int64_t f = 0; f < filters; ++f) expected.push_back(value(row, y, x, f));
      }
    }
  }
  expect_close(net.run(net.graph.add(op, parts)[0]), expected, 0, 0);
}

TEST(Interleave, EveryCrop) {
  for (int64_t top = 0; top < 9; ++top) {
    for (int64_t rows = 1; top + rows <= 9; ++rows) {
      for (int64_t left = 0; left < 4; ++left) {
        for (int64_t columns = 1; left + columns <= 4; ++columns) check_interleave({top, left, 0}, {rows, columns, 1});
      }
    }
  }
}

}  // namespace
}  // namespace keraunos::cpu::testing
