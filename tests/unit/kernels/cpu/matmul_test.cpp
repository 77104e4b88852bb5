// Products against loops in double: unfavourable extents, transposes, batches, every type, constant and variable right operands,
// epilogues.
#include <gtest/gtest.h>

#include <cmath>

#include "unit/kernels/cpu/harness.h"

namespace keraunos::cpu::testing {
namespace {

struct Extents {
  int64_t batch, m, k, n;
};

std::vector<double> reference(const Tensor& a, const Tensor& b, const Extents& e, bool ta, bool tb) {
  const std::vector<double> x = doubles(a), y = doubles(b);
  std::vector<double> result;
  for (int64_t i = 0; i < e.batch; ++i) {
    for (int64_t r = 0; r < e.m; ++r) {
      for (int64_t c = 0; c < e.n; ++c) {
        double sum = 0;
        for (int64_t k = 0; k < e.k; ++k) {
          const int64_t at = i * e.m * e.k + (ta ? k * e.m + r : r * e.k + k);
          const int64_t bt = i * e.k * e.n + (tb ? c * e.k + k : k * e.n + c);
          sum += x[static_cast<size_t>(at)] * y[static_cast<size_t>(bt)];
        }
        result.push_back(sum);
      }
    }
  }
  return result;
}

Dims matrix(const Extents& e, int64_t rows, int64_t columns, bool transposed) {
  const int64_t first = transposed ? columns : rows, second = transposed ? rows : columns;
  return e.batch == 1 ? Dims{first, second} : Dims{e.batch, first, second};
}

void check(DType type, const Extents& e, bool ta, bool tb, bool constant, OneDnn onednn = OneDnn::nowhere) {
  SCOPED_TRACE(std::string(name_of(type)) + " batch " + std::to_string(e.batch) + " m " + std::to_string(e.m) + " k " +
               std::to_string(e.k) + " n " + std::to_string(e.n) + (ta ? " a^T" : "") + (tb ? " b^T" : "") +
               (constant ? " constant" : "") + (onednn == OneDnn::nowhere ? "" : " onednn"));
  Net net(2, onednn);
  Tensor a = random_tensor(type, matrix(e, e.m, e.k, ta), 1), b = random_tensor(type, matrix(e, e.k, e.n, tb), 2);
  const std::vector<double> expected = reference(a, b, e, ta, tb);
  const DType result = type == DType::int8 ? DType::int32 : type;
  const Value x = net.input(std::move(a)), y = net.operand(std::move(b), constant);
  const Dims dims = e.batch == 1 ? Dims{e.m, e.n} : Dims{e.batch, e.m, e.n};
  const Value z = net.graph.add(host::MatMul{.transpose_a = ta, .transpose_b = tb}, {x, y},
                                {{.shape = host::shape_of(dims), .dtype = result}})[0];
  const Tolerance t = tolerance_of(result, e.k);
  expect_close(net.run(z), expected, t.relative, t.absolute);
}

const std::vector<Extents> kExtents{{1, 10, 3, 5},      {1, 1, 1, 1},      {1, 0, 3, 5},     {1, 3, 0, 5},    {1, 3, 5, 0},
                                    {1, 1, 300, 70},    {1, 2, 17, 33},    {1, 3, 31, 64},   {1, 5, 32, 31},  {1, 7, 700, 9},
                                    {1, 31, 33, 32},    {1, 33, 257, 129}, {1, 200, 64, 16}, {1, 13, 385, 7}, {1, 97, 130, 50},
                                    {1, 1, 1400, 1100}, {3, 4, 5, 6},      {5, 31, 32, 33},  {2, 1, 7, 1},    {0, 4, 5, 6},
                                    {1, 100, 513, 47}};

TEST(MatMul, AllExtentsFloat32) {
  for (const Extents& e : kExtents) {
    for (int variant = 0; variant < 8; ++variant) check(DType::float32, e, variant & 1, variant & 2, variant & 4);
  }
}
// More columns than stay in L2 with 192 rows, several blocks of terms, and more than 4 MB of weights, which are fetched ahead.
TEST(MatMul, ColumnsInChunks) {
  for (const bool transposed : {false, true}) check(DType::float32, {1, 193, 1000, 1101}, false, transposed, true);
  check(DType::float64, {1, 100, 800, 701}, false, false, true);
}
TEST(MatMul, ByOneDnn) {
  for (const Extents& e : kExtents) {
    for (const bool transposed : {false, true}) check(DType::float32, e, false, transposed, true, OneDnn::everywhere);
  }
}
// A tied kernel: the same constant is read untransposed and transposed, with the same shape in both cases.
TEST(MatMul, OneConstantReadBothWays) {
  for (const OneDnn onednn : {OneDnn::nowhere, OneDnn::everywhere}) {
    Net net(2, onednn);
    const Extents e{1, 9, 40, 40};
    Tensor a = random_tensor(DType::float32, {9, 40}, 1), b = random_tensor(DType::float32, {40, 40}, 2);
    const std::vector<double> as_it_is = reference(a, b, e, false, false), transposed = reference(a, b, e, false, true);
    const Value x = net.input(std::move(a)), y = net.constant(std::move(b));
    const auto times = [&](bool tb) {
      return net.graph.add(host::MatMul{.transpose_b = tb}, {x, y},
                           {{.shape = host::shape_of({9, 40}), .dtype = DType::float32}})[0];
    };
    const Value first = times(false), second = times(true);
    net.run();
    const Tolerance t = tolerance_of(DType::float32, 40);
    expect_close(net.at(first), as_it_is, t.relative, t.absolute);
    expect_close(net.at(second), transposed, t.relative, t.absolute);
  }
}
TEST(MatMul, AllExtentsFloat64) {
  for (const Extents& e : kExtents) {
    for (int variant = 0; variant < 8; ++variant) check(DType::float64, e, variant & 1, variant & 2, variant & 4);
  }
}
TEST(MatMul, SixteenBitsRoundOnce) {
  for (const Extents& e : kExtents) {
    for (int variant = 0; variant < 8; ++variant) {
      check(DType::float16, e, variant & 1, variant & 2, variant & 4);
      check(DType::bfloat16, e, variant & 1, variant & 2, variant & 4);
    }
  }
}
TEST(MatMul, IntegersAreExact) {
  for (const Extents& e : kExtents) {
    for (int variant = 0; variant < 8; ++variant) check(DType::int8, e, variant & 1, variant & 2, variant & 4);
    check(DType::int32, e, false, true, true);
  }
}

TEST(MatMul, ExtremeBytesOverALongSumAreExact) {
  const int64_t k = 5000;
  Net net;
  Tensor a = tensor_of(DType::int8, {2, k}, std::vector<double>(static_cast<size_t>(2 * k), -128));
  Tensor b = tensor_of(DType::int8, {k, 3}, std::vector<double>(static_cast<size_t>(3 * k), -128));
  const Value z = net.build.matmul(net.input(std::move(a)), net.constant(std::move(b)));
  expect_close(net.run(z), std::vector<double>(6, 128.0 * 128.0 * static_cast<double>(k)), 0, 0);
}

TEST(MatMul, TwoThreadsGiveWhatOneGives) {
  for (const Extents& e :
       {Extents{1, 300, 300, 64}, Extents{1, 1, 2000, 1000}, Extents{1, 3, 1500, 700}, Extents{6, 50, 100, 90}}) {
    for (const DType type : {DType::float32, DType::float64}) {
      Tensor results[2];
      for (int threads = 1; threads <= 2; ++threads) {
        Net net(threads);
        const Value x = net.input(random_tensor(type, matrix(e, e.m, e.k, false), 1));
        const Value y = net.constant(random_tensor(type, matrix(e, e.k, e.n, false), 2));
        results[threads - 1] = net.run(net.build.matmul(x, y)).clone();
      }
      expect_close(results[0], doubles(results[1]), 0, 0);
    }
  }
}

// Uses the kernel that reads the weights as saved.
TEST(MatMul, ARowHasTheSameBitsAloneAndAmongOthers) {
  for (const Extents& e : {Extents{1, 2, 383, 700}, {1, 2, 384, 690}, {1, 2, 700, 1030}, {1, 2, 16400, 17}, {1, 2, 20, 14000}}) {
    for (const DType type : {DType::float32, DType::float64}) {
      const Tensor rows = random_tensor(type, {2, e.k}, 1), b = random_tensor(type, {e.k, e.n}, 2);
      std::vector<double> results[2];
      std::string kernel;
      for (const int64_t count : {2, 1}) {
        Net net(1);
        Tensor a(type, {count, e.k});
        std::memcpy(a.data(), rows.data(), static_cast<size_t>(a.bytes()));
        const Tensor& result = net.run(net.build.matmul(net.input(std::move(a)), net.constant(b.clone())));
        results[count - 1] = doubles(result);
        kernel = net.kernels.back();
      }
      EXPECT_EQ(std::memcmp(results[0].data(), results[1].data(), results[0].size() * sizeof(double)), 0) << e.k << " by " << e.n;
      EXPECT_NE(kernel.find("as saved"), std::string::npos) << kernel;
    }
  }
}

// relu(a·b + bias), and a residual with a scale: the first is a compiled chain, the second a tile program.
TEST(MatMul, Epilogues) {
  for (const bool residual : {false, true}) {
    for (const DType type : {DType::float32, DType::float64, DType::float16}) {
      for (const auto& [batch, m, k, n] : {Extents{1, 1, 19, 37}, {1, 7, 19, 37}, {1, 130, 19, 37}, {1, 1, 230, 1300}}) {
        Net net;
        Tensor a = random_tensor(type, {m, k}, 1), b = random_tensor(type, {k, n}, 2), bias = random_tensor(type, {n}, 3);
        Tensor other = random_tensor(type, {m, n}, 4);
        std::vector<double> expected = reference(a, b, {batch, m, k, n}, false, false);
        const std::vector<double> shift = doubles(bias), rest = doubles(other);
        for (size_t i = 0; i < expected.size(); ++i) {
          const double sum = rounded(type, expected[i]) + shift[i % static_cast<size_t>(n)];
          expected[i] = residual ? std::tanh(sum * 0.5 + rest[i]) : std::max(sum, 0.0);
        }
        host::Program program{.inputs = {type, type}, .steps = {}};
        if (residual) {
          program.inputs.push_back(type);
          program.append({.function = Function::add, .a = 0, .b = 1, .type = type});
          program.append({.function = Function::constant, .type = type, .immediate = 0.5});
          program.append({.function = Function::multiply, .a = 3, .b = 4, .type = type});
          program.append({.function = Function::add, .a = 5, .b = 2, .type = type});
          program.append({.function = Function::tanh, .a = 6, .type = type});
        } else {
          program.append({.function = Function::add, .a = 0, .b = 1, .type = type});
          program.append({.function = Function::relu, .a = 2, .type = type});
        }
        std::vector<Value> in{net.input(std::move(a)), net.constant(std::move(b)), net.constant(std::move(bias))};
        if (residual) in.push_back(net.input(std::move(other)));
        const Value z = net.graph.add(host::MatMul{.epilogue = program}, in, {{.shape = {{m}, {n}}, .dtype = type}})[0];
        const Tolerance t = tolerance_of(type, k);
        expect_close(net.run(z), expected, t.relative * 2, t.absolute * 3);
      }
    }
  }
}

TEST(MatMul, AnEpilogueThatChangesTheTypeIsRefused) {
  Net net;
  host::Program program{.inputs = {DType::float32}, .steps = {}};
  program.append({.function = Function::cast, .a = 0, .type = DType::float16});
  const Value x = net.input(random_tensor(DType::float32, {2, 2}, 1));
  net.graph.add(host::MatMul{.epilogue = program}, {x, x}, {{.shape = {{2}, {2}}, .dtype = DType::float16}});
  EXPECT_EQ(net.device->accepts(net.graph, net.graph.nodes[0]).speed, host::Verdict::refused);
}

}  // namespace
}  // namespace keraunos::cpu::testing
