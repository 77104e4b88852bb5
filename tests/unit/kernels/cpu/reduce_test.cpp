// Reductions over every set of axes, and layer normalisation, against double.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "unit/kernels/cpu/harness.h"

namespace keraunos::cpu::testing {
namespace {

double start_of(Reduction kind) {
  switch (kind) {
    case Reduction::product:
    case Reduction::all: return 1;
    case Reduction::maximum: return -std::numeric_limits<double>::infinity();
    case Reduction::minimum: return std::numeric_limits<double>::infinity();
    default: return 0;
  }
}

double fold(Reduction kind, double a, double b) {
  switch (kind) {
    case Reduction::product: return a * b;
    case Reduction::maximum: return std::max(a, b);
    case Reduction::minimum: return std::min(a, b);
    case Reduction::any: return a != 0 || b != 0;
    case Reduction::all: return a != 0 && b != 0;
    default: return a + b;
  }
}

std::vector<double> reference(const Tensor& x, Reduction kind, unsigned axes) {
  const std::vector<double> values = doubles(x);
  const Dims& dims = x.dims();
  int64_t kept = 1, reduced = 1;
  for (int i = 0; i < dims.rank(); ++i) (axes >> i & 1 ? reduced : kept) *= dims[i];
  std::vector<double> result(static_cast<size_t>(kept), start_of(kind));
  for (size_t n = 0; n < values.size(); ++n) {
    int64_t rest = static_cast<int64_t>(n), at = 0, step = 1;
    for (int i = dims.rank() - 1; i >= 0; --i) {
      if (!(axes >> i & 1)) at += rest % dims[i] * step, step *= dims[i];
      rest /= dims[i];
    }
    result[static_cast<size_t>(at)] = fold(kind, result[static_cast<size_t>(at)], values[n]);
  }
  if (kind == Reduction::mean) {
    for (double& r : result) r /= static_cast<double>(reduced);
  }
  return result;
}

void check(DType type, Reduction kind, const Dims& dims, unsigned axes) {
  SCOPED_TRACE(std::string(name_of(type)) + " kind " + std::to_string(static_cast<int>(kind)) + ' ' + dims.to_string() +
               " axes " + std::to_string(axes));
  Net net;
  Tensor x = random_tensor(type, dims, 11);
  const std::vector<double> expected = reference(x, kind, axes);
  std::vector<int> list;
  for (int i = 0; i < dims.rank(); ++i) {
    if (axes >> i & 1) list.push_back(i);
  }
  const Value y = net.build.reduce(kind, net.input(std::move(x)), list, axes % 2 == 1);
  const Tolerance t = tolerance_of(type, type == DType::float64 ? dims.elements() : 1);
  expect_close(net.run(y), expected, t.relative, t.absolute);
}

TEST(Reduce, EverySetOfAxes) {
  for (const DType type : {DType::float32, DType::float64, DType::float16, DType::int32, DType::boolean}) {
    for (const Reduction kind : {Reduction::sum, Reduction::mean, Reduction::product, Reduction::maximum, Reduction::minimum,
                                 Reduction::any, Reduction::all}) {
      const bool logic = kind == Reduction::any || kind == Reduction::all;
      if (logic != (type == DType::boolean)) continue;
      if (type == DType::int32 && (kind == Reduction::product || kind == Reduction::mean)) continue;
      for (const Dims& dims : {Dims{3, 4, 5, 2}, Dims{2, 3, 1, 33}, Dims{7, 600}, Dims{1, 40}}) {
        for (unsigned axes = 1; axes < 1u << dims.rank(); ++axes) check(type, kind, dims, axes);
      }
    }
  }
}

TEST(Reduce, PoolingOfManyPositionsByThreads) {
  check(DType::float32, Reduction::mean, {2, 56, 56, 130}, 0b0110);
  check(DType::float32, Reduction::sum, {300, 3000}, 0b10);
  check(DType::float32, Reduction::maximum, {3000, 300}, 0b01);
}

TEST(Reduce, NothingToReduce) {
  const double infinity = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  const std::pair<Reduction, double> cases[] = {
      {Reduction::sum, 0}, {Reduction::mean, nan}, {Reduction::product, 1}, {Reduction::maximum, -infinity}};
  for (const auto& [kind, value] : cases) {
    for (const int axis : {0, 1}) {
      Net net;
      const Dims dims = axis == 0 ? Dims{0, 3} : Dims{3, 0};
      const int axes[] = {axis};
      expect_close(net.run(net.build.reduce(kind, net.input(random_tensor(DType::float32, dims, 1)), axes)),
                   {value, value, value}, 0, 0);
    }
  }
}

TEST(Reduce, AMeanOverManyDoesNotDrift) {
  Net net;
  const int axes[] = {1};
  const Value y = net.build.reduce(Reduction::mean,
                                   net.input(tensor_of(DType::float32, {1, 1 << 20}, std::vector<double>(1 << 20, 0.1))), axes);
  expect_close(net.run(y), {static_cast<double>(0.1f)}, 1e-7, 0);
}

TEST(Reduce, IntegersWrapAndNaNWins) {
  Net net;
  const int axes[] = {0};
  const Value sum = net.build.reduce(Reduction::sum, net.input(tensor_of(DType::int8, {2}, {100, 100})), axes);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Value most = net.build.reduce(Reduction::maximum,
                                      net.input(tensor_of(DType::float32, {40, 1},
                                                          [&] {
                                                            std::vector<double> v(40, 2.0);
                                                            v[7] = nan;
                                                            return v;
                                                          }())),
                                      axes);
  net.run();
  expect_close(net.at(sum), {-56}, 0, 0);
  expect_close(net.at(most), {nan}, 0, 0);
}

void check_norm(DType type, const Dims& dims, int axes, bool gamma, bool beta, double offset) {
  SCOPED_TRACE(std::string(name_of(type)) + dims.to_string());
  int64_t n = 1;
  std::vector<int64_t> last;
  for (int i = dims.rank() - axes; i < dims.rank(); ++i) n *= dims[i], last.push_back(dims[i]);
  Tensor x = random_tensor(type, dims, 1), g = random_tensor(type, Dims(last), 2), b = random_tensor(type, Dims(last), 3);
  std::vector<double> values = doubles(x);
  for (double& v : values) v = rounded(type, v + offset);
  x = tensor_of(type, dims, values);
  const std::vector<double> scale = doubles(g), shift = doubles(b);
  std::vector<double> expected = values;
  for (size_t row = 0; row < values.size(); row += static_cast<size_t>(n)) {
    double mean = 0, variance = 0;
    for (size_t i = 0; i < static_cast<size_t>(n); ++i) mean += values[row + i] / static_cast<double>(n);
    for (size_t i = 0; i < static_cast<size_t>(n); ++i)
      variance += (values[row + i] - mean) * (values[row + i] - mean) / static_cast<double>(n);
    for (size_t i = 0; i < static_cast<size_t>(n); ++i) {
      expected[row + i] = (values[row + i] - mean) / std::sqrt(variance + 1e-3) * (gamma ? scale[i] : 1) + (beta ? shift[i] : 0);
    }
  }
  Net net;
  const Value in = net.input(std::move(x));
  const Value y = net.build.layer_norm(in, gamma ? net.constant(std::move(g)) : Value{}, beta ? net.input(std::move(b)) : Value{},
                                       axes, 1e-3);
  const Tolerance t = tolerance_of(type, 4);
  expect_close(net.run(y), expected, t.relative * 2, t.absolute * (1 + offset));
}

TEST(LayerNorm, TypesAxesAndAbsentOperands) {
  for (const DType type : {DType::float32, DType::float64, DType::float16, DType::bfloat16}) {
    for (const Dims& dims : {Dims{3, 31}, Dims{2, 4, 32}, Dims{5, 1}, Dims{0, 4}, Dims{2, 3, 5, 7}, Dims{1, 1000}}) {
      for (int variant = 0; variant < 4; ++variant) {
        for (int axes = 1; axes < std::min(dims.rank(), 3); ++axes) check_norm(type, dims, axes, variant & 1, variant & 2, 0);
      }
    }
  }
}
TEST(LayerNorm, ALargeMeanDoesNotHideASmallVariance) { check_norm(DType::float32, {4, 100}, 1, true, true, 100); }

}  // namespace
}  // namespace keraunos::cpu::testing
