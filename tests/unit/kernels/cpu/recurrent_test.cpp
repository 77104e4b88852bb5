// LSTM, GRU and SimpleRNN against their formulas in double: masks, states, directions, activations, types.
#include <gtest/gtest.h>

#include <cmath>

#include "unit/kernels/cpu/harness.h"

namespace keraunos::cpu::testing {
namespace {

struct RecurrentSpec {
  host::Recurrent op;
  int64_t batch, time, units;
  bool state = false, mask = false, bias = true, constant = true;
};

double apply(const host::Recurrent::Scalar& f, double x) {
  switch (f.function) {
    case Function::tanh: return std::tanh(x);
    case Function::sigmoid: return 1 / (1 + std::exp(-x));
    case Function::relu: return std::max(x, 0.0);
    case Function::hard_sigmoid: return std::min(std::max(x * f.immediate + 0.5, 0.0), 1.0);
    default: return x;
  }
}

struct Result {
  std::vector<double> sequence, h, c;
};

using Matrix = std::vector<double>;

// Computes one step of one row.
void advance(const RecurrentSpec& s, const double* x, const Matrix& u, const Matrix& bias, double* h, double* c) {
  const auto n = static_cast<size_t>(s.units), g = static_cast<size_t>(s.op.gates());
  const auto times = [&](const std::vector<double>& left, size_t gate, size_t j) {
    double sum = 0;
    for (size_t k = 0; k < n; ++k) sum += left[k] * u[k * n * g + gate * n + j];
    return sum;
  };
  const std::vector<double> before(h, h + n);
  const auto a = [&](double v) { return apply(s.op.activation, v); };
  const auto r = [&](double v) { return apply(s.op.recurrent_activation, v); };
  if (s.op.kind == host::Recurrent::simple) {
    for (size_t j = 0; j < n; ++j) h[j] = a(x[j] + times(before, 0, j));
  } else if (s.op.kind == host::Recurrent::lstm) {
    for (size_t j = 0; j < n; ++j) {
      const double i = r(x[j] + times(before, 0, j)), f = r(x[n + j] + times(before, 1, j));
      const double candidate = a(x[2 * n + j] + times(before, 2, j)), o = r(x[3 * n + j] + times(before, 3, j));
      c[j] = f * c[j] + i * candidate;
      h[j] = o * a(c[j]);
    }
  } else {
    std::vector<double> z(n), reset(n), scaled(n);
    const auto b = [&](size_t at) { return bias.empty() ? 0 : bias[at]; };
    for (size_t j = 0; j < n; ++j) {
      z[j] = r(x[j] + times(before, 0, j) + b(j));
      reset[j] = r(x[n + j] + times(before, 1, j) + b(n + j));
      scaled[j] = reset[j] * before[j];
    }
    for (size_t j = 0; j < n; ++j) {
      const double inner = s.op.reset_after ? reset[j] * (times(before, 2, j) + b(2 * n + j)) : times(scaled, 2, j);
      h[j] = z[j] * before[j] + (1 - z[j]) * a(x[2 * n + j] + inner);
    }
  }
}

Result reference(const RecurrentSpec& s, const Matrix& x, const Matrix& u, const Matrix& bias, const Matrix& h0, const Matrix& c0,
                 const Matrix& mask) {
  const auto n = static_cast<size_t>(s.units), t = static_cast<size_t>(s.time), b = static_cast<size_t>(s.batch),
             w = n * static_cast<size_t>(s.op.gates());
  Result result{.sequence = {}, .h = h0, .c = c0};
  result.h.resize(b * n), result.c.resize(b * n);
  Matrix output(b * n, 0), all(b * t * n, 0);
  for (size_t step = 0; step < t; ++step) {
    const size_t time = s.op.go_backwards ? t - 1 - step : step;
    for (size_t row = 0; row < b; ++row) {
      if (!mask.empty() && mask[row * t + time] == 0) {
        if (s.op.zero_output_for_mask) std::fill_n(output.begin() + static_cast<int64_t>(row * n), n, 0.0);
      } else {
        advance(s, x.data() + (row * t + time) * w, u, bias, &result.h[row * n], &result.c[row * n]);
        std::copy_n(&result.h[row * n], n, &output[row * n]);
      }
      std::copy_n(&output[row * n], n, &all[(row * t + step) * n]);
    }
  }
  result.sequence = s.op.return_sequences ? all : output;
  return result;
}

void check(const RecurrentSpec& s, DType type) {
  SCOPED_TRACE(std::string(name_of(type)) + " kind " + std::to_string(s.op.kind) + " units " + std::to_string(s.units) +
               " batch " + std::to_string(s.batch) + (s.mask ? " masked" : "") + (s.op.reset_after ? " after" : ""));
  const int64_t width = s.units * s.op.gates();
  const bool with_bias = s.bias && s.op.kind == host::Recurrent::gru && s.op.reset_after,
             lstm = s.op.kind == host::Recurrent::lstm;
  Tensor x = random_tensor(type, {s.batch, s.time, width}, 1),
         u = random_tensor(type, {s.units, width}, 2, 1.5 / std::sqrt(static_cast<double>(s.units)));
  Tensor bias = random_tensor(type, {width}, 3), h0 = random_tensor(type, {s.batch, s.units}, 4),
         c0 = random_tensor(type, {s.batch, s.units}, 5);
  Tensor mask = random_tensor(DType::boolean, {s.batch, s.time}, 6);
  const Result expected =
      reference(s, doubles(x), doubles(u), with_bias ? doubles(bias) : Matrix{}, s.state ? doubles(h0) : Matrix{},
                s.state && lstm ? doubles(c0) : Matrix{}, s.mask ? doubles(mask) : Matrix{});
  Net net;
  const Value in[] = {net.input(std::move(x)),
                      net.operand(std::move(u), s.constant),
                      with_bias ? net.constant(std::move(bias)) : Value{},
                      s.state ? net.input(std::move(h0)) : Value{},
                      s.state && lstm ? net.input(std::move(c0)) : Value{},
                      s.mask ? net.input(std::move(mask)) : Value{}};
  const std::vector<Value> out = net.graph.add(s.op, {std::begin(in), std::end(in)});
  net.run();
  const Tolerance t = tolerance_of(type, 8);
  const double drift = 1 + static_cast<double>(s.time);
  expect_close(net.at(out[0]), expected.sequence, t.relative * drift, t.absolute * drift);
  expect_close(net.at(out[1]), expected.h, t.relative * drift, t.absolute * drift);
  if (lstm) expect_close(net.at(out[2]), expected.c, t.relative * drift, t.absolute * drift);
}

TEST(Recurrent, KindsShapesAndTypes) {
  for (const auto kind : {host::Recurrent::simple, host::Recurrent::gru, host::Recurrent::lstm}) {
    for (const bool after : {false, true}) {
      if (after && kind != host::Recurrent::gru) continue;
      for (const DType type : {DType::float32, DType::float64, DType::float16, DType::bfloat16}) {
        for (int variant = 0; variant < 16; ++variant) {
          RecurrentSpec s{.op = {.kind = kind, .reset_after = after}, .batch = 3, .time = 5, .units = 7};
          s.op.return_sequences = variant & 1, s.op.go_backwards = variant & 2, s.mask = variant & 4, s.state = variant & 8;
          s.op.zero_output_for_mask = variant % 3 == 0;
          s.bias = variant % 5 != 0;
          s.constant = variant % 7 != 0;
          check(s, type);
        }
      }
      for (const auto& [batch, time, units] :
           {std::array<int64_t, 3>{1, 1, 1}, {0, 3, 4}, {33, 3, 32}, {1, 9, 33}, {64, 20, 100}, {5, 2, 31}}) {
        check({.op = {.kind = kind, .reset_after = after, .return_sequences = true},
               .batch = batch,
               .time = time,
               .units = units,
               .state = true,
               .mask = batch == 5},
              DType::float32);
      }
    }
  }
}

TEST(Recurrent, OtherActivations) {
  for (const auto kind : {host::Recurrent::simple, host::Recurrent::gru, host::Recurrent::lstm}) {
    RecurrentSpec s{
        .op = {.kind = kind, .activation = {Function::relu, 0}, .recurrent_activation = {Function::hard_sigmoid, 0.2}},
        .batch = 4,
        .time = 3,
        .units = 5};
    check(s, DType::float32);
    s.op.activation = {Function::copy, 0};
    check(s, DType::float64);
  }
}

}  // namespace
}  // namespace keraunos::cpu::testing
