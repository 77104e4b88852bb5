#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "unit/kernels/cpu/harness.h"

namespace keraunos::cpu::testing {
namespace {

std::vector<double> reference(const Tensor& x, bool log) {
  std::vector<double> values = doubles(x);
  const auto n = static_cast<size_t>(x.dims().back());
  for (size_t row = 0; n > 0 && row < values.size(); row += n) {
    double most = values[row], sum = 0;
    for (size_t i = 0; i < n; ++i) most = std::max(most, values[row + i]);
    for (size_t i = 0; i < n; ++i) sum += std::exp(values[row + i] - most);
    for (size_t i = 0; i < n; ++i) {
      const double shifted = values[row + i] - most;
      values[row + i] = log ? shifted - std::log(sum) : std::exp(shifted) / sum;
    }
  }
  return values;
}

TEST(Softmax, EveryTypeAndWidth) {
  for (const DType type : {DType::float32, DType::float64, DType::float16, DType::bfloat16}) {
    for (const bool log : {false, true}) {
      for (const Dims& dims : {Dims{10, 5}, Dims{1}, Dims{3, 1}, Dims{0, 4}, Dims{4, 0}, Dims{2, 3, 31}, Dims{7, 32}, Dims{5, 33},
                               Dims{3, 1000}, Dims{2000, 40}}) {
        Net net;
        Tensor x = random_tensor(type, dims, 5, 8.0);
        const std::vector<double> expected = reference(x, log);
        const Value v = net.input(std::move(x));
        const Value y = net.graph.add(host::Softmax{.log = log}, {v}, {{.shape = host::shape_of(dims), .dtype = type}})[0];
        const Tolerance t = tolerance_of(type, 8);
        expect_close(net.run(y), expected, t.relative, log ? t.absolute * 8 : 1e-12 + (type == DType::float16 ? 1e-7 : 0));
      }
    }
  }
}

TEST(Softmax, LargeAndMaskedLogits) {
  const double infinity = std::numeric_limits<double>::infinity();
  Net net;
  const Value x = net.input(tensor_of(DType::float32, {3, 3}, {1e30, 1e30, -1e30, -infinity, 0, -infinity, 88, -88, 700}));
  const Value y = net.build.softmax(x, -1);
  expect_close(net.run(y), {0.5, 0.5, 0, 0, 1, 0, 0, 0, 1}, 1e-6, 0);
}

TEST(Softmax, NaNFillsItsRowOnly) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  Net net;
  const Value x = net.input(tensor_of(DType::float32, {2, 2}, {1, nan, 0, 0}));
  expect_close(net.run(net.build.softmax(x, -1)), {nan, nan, 0.5, 0.5}, 1e-6, 0);
}

}  // namespace
}  // namespace keraunos::cpu::testing
