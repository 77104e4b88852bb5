// Convolutions and pooling against loops in double: 1 to 3 spatial axes, strides, dilation, uneven padding, groups, types,
// epilogues.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "unit/kernels/cpu/harness.h"

namespace keraunos::cpu::testing {
namespace {

struct ConvSpec {
  std::vector<int64_t> in;  // spatial extents
  int64_t batch, channels, filters, groups;
  Window window;
};

std::array<int64_t, 3> full(const std::vector<int64_t>& extents) {
  std::array<int64_t, 3> result{1, 1, 1};
  std::copy(extents.begin(), extents.end(), result.begin());
  return result;
}

std::array<int64_t, 3> results(const ConvSpec& s) {
  std::array<int64_t, 3> out{1, 1, 1};
  for (size_t i = 0; i < s.in.size(); ++i) {
    const int64_t reach = (s.window.size[i] - 1) * s.window.dilation[i] + 1;
    out[i] = std::max<int64_t>((s.in[i] + s.window.low[i] + s.window.high[i] - reach) / s.window.stride[i] + 1, 0);
  }
  return out;
}

// Visits every tap of every output position: f(output position, input position or −1, tap).
template <class F>
void each_tap(const ConvSpec& s, F f) {
  const std::array<int64_t, 3> in = full(s.in), out = results(s);
  const auto& [size, stride, dilation, low, high] = s.window;
  for (int64_t o = 0; o < out[0] * out[1] * out[2]; ++o) {
    const int64_t at[3]{o / (out[1] * out[2]), o / out[2] % out[1], o % out[2]};
    for (int64_t t = 0; t < size[0] * size[1] * size[2]; ++t) {
      const int64_t tap[3]{t / (size[1] * size[2]), t / size[2] % size[1], t % size[2]};
      int64_t index = 0;
      for (size_t i = 0; i < 3; ++i) {
        const int64_t position = at[i] * stride[i] - low[i] + tap[i] * dilation[i];
        index = position < 0 || position >= in[i] || index < 0 ? -1 : index * in[i] + position;
      }
      f(o, index, t);
    }
  }
}

std::vector<double> reference(const ConvSpec& s, const Tensor& x, const Tensor& w) {
  const std::vector<double> values = doubles(x), weights = doubles(w);
  const std::array<int64_t, 3> in = full(s.in), out = results(s);
  const int64_t outs = out[0] * out[1] * out[2], ins = in[0] * in[1] * in[2], per = s.channels / s.groups,
                each = s.filters / s.groups;
  std::vector<double> result(static_cast<size_t>(s.batch * outs * s.filters), 0);
  each_tap(s, [&](int64_t o, int64_t i, int64_t t) {
    if (i < 0) return;
    for (int64_t n = 0; n < s.batch; ++n) {
      for (int64_t f = 0; f < s.filters; ++f) {
        double sum = 0;
        for (int64_t c = 0; c < per; ++c) {
          sum += values[static_cast<size_t>((n * ins + i) * s.channels + f / each * per + c)] *
                 weights[static_cast<size_t>((t * per + c) * s.filters + f)];
        }
        result[static_cast<size_t>((n * outs + o) * s.filters + f)] += sum;
      }
    }
  });
  return result;
}

Dims dims_of(int64_t first, const std::vector<int64_t>& spatial, int64_t last) {
  std::vector<int64_t> all;
  if (first >= 0) all.push_back(first);
  all.insert(all.end(), spatial.begin(), spatial.end());
  all.push_back(last);
  return Dims(all);
}

struct Data {
  Tensor x, w;
};
Data data_of(const ConvSpec& s, DType type) {
  std::vector<int64_t> kernel;
  for (size_t i = 0; i < s.in.size(); ++i) kernel.push_back(s.window.size[i]);
  kernel.push_back(s.channels / s.groups);
  return {random_tensor(type, dims_of(s.batch, s.in, s.channels), 1), random_tensor(type, dims_of(-1, kernel, s.filters), 2)};
}

// Returns the name of the kernel that ran.
std::string check(const ConvSpec& s, DType type, bool constant = true, int threads = 2, OneDnn onednn = OneDnn::nowhere) {
  SCOPED_TRACE(std::string(name_of(type)) + " in " + dims_of(s.batch, s.in, s.channels).to_string() + " filters " +
               std::to_string(s.filters) + " groups " + std::to_string(s.groups) + " size " + std::to_string(s.window.size[0]) +
               " stride " + std::to_string(s.window.stride[0]) + (constant ? "" : " variable kernel") +
               (onednn == OneDnn::nowhere ? "" : " onednn"));
  Net net(threads, onednn);
  Data d = data_of(s, type);
  const std::vector<double> expected = reference(s, d.x, d.w);
  const Value x = net.input(std::move(d.x));
  const Value y = net.build.convolve(x, net.operand(std::move(d.w), constant), s.window, s.groups);
  int64_t terms = s.channels / s.groups;
  for (size_t i = 0; i < 3; ++i) terms *= s.window.size[i];
  const Tolerance t = tolerance_of(type, terms);
  expect_close(net.run(y), expected, t.relative, t.absolute);
  return net.kernels[0];
}

Window window(std::vector<int64_t> size, int64_t stride = 1, int64_t dilation = 1, int64_t low = 0, int64_t high = 0) {
  Window w;
  for (size_t i = 0; i < size.size(); ++i)
    w.size[i] = size[i], w.stride[i] = stride, w.dilation[i] = dilation, w.low[i] = low, w.high[i] = high;
  return w;
}

const std::vector<ConvSpec> kSpecs{
    {{7, 9}, 2, 3, 5, 1, window({3, 3}, 1, 1, 1, 1)},   // same
    {{8, 8}, 1, 3, 16, 1, window({3, 3}, 2, 1, 0, 1)},  // Keras's uneven same with stride 2
    {{5, 5}, 3, 4, 33, 1, window({1, 1})},              // a product
    {{6, 7}, 2, 5, 4, 1, window({1, 1}, 2)},
    {{9, 31}, 1, 2, 3, 1, window({3, 5}, 1, 2)},             // dilated
    {{12}, 2, 3, 7, 1, window({4}, 1, 3, 9, 0)},             // causal 1-D
    {{33}, 1, 1, 1, 1, window({33})},                        // one result
    {{4, 5, 6}, 2, 3, 4, 1, window({3, 2, 3}, 1, 1, 1, 1)},  // 3-D
    {{6, 6}, 2, 8, 8, 4, window({3, 3}, 1, 1, 1, 1)},        // groups
    {{6, 6}, 2, 6, 12, 3, window({2, 2})},
    {{9, 9}, 2, 33, 33, 33, window({3, 3}, 1, 1, 1, 1)},  // depthwise
    {{9, 10}, 1, 64, 64, 64, window({5, 5}, 2, 1, 1, 2)},
    {{3, 3}, 1, 8, 8, 8, window({7, 7}, 1, 1, 3, 3)},  // window larger than the input
    {{11, 11}, 1, 16, 16, 16, window({3, 3}, 1, 2, 2, 2)},
    {{7}, 2, 5, 5, 5, window({3}, 1, 1, 2, 0)},
    {{5, 5}, 1, 4, 8, 4, window({3, 3}, 1, 1, 1, 1)},      // depth multiplier 2
    {{5, 5}, 0, 4, 8, 1, window({3, 3})},                  // no images
    {{40, 40}, 2, 17, 40, 1, window({3, 3}, 1, 1, 1, 1)},  // several blocks, two threads
    {{56, 56}, 1, 64, 31, 1, window({1, 1})},
    {{1, 1}, 1, 300, 70, 1, window({3, 3}, 1, 1, 1, 1)},  // all but one tap on padding
    {{224, 9}, 1, 3, 8, 1, window({7, 7}, 2, 1, 3, 3)},
    {{1500}, 1, 32, 33, 1, window({11}, 1, 4, 20, 20)},  // a long sequence: blocks of positions
    {{900}, 2, 20, 16, 1, window({5}, 2, 1, 4, 0)},
    {{3, 3}, 1, 512, 520, 1, window({3, 3})},  // one position: threads share the filters
    {{4, 5}, 1, 128, 260, 1, window({3, 3}, 1, 1, 0, 1)},
    {{9, 9, 9}, 1, 16, 16, 16, window({3, 3, 3}, 1, 1, 1, 1)},  // depthwise in 3-D
    // Depthwise rows of whole blocks, of overlapping ones, and shorter than one; padding wider on either side; channels in
    // several parts.
    {{4, 7}, 1, 300, 300, 300, window({3, 3}, 1, 1, 1, 1)},
    {{5, 24}, 2, 200, 200, 200, window({3, 3}, 1, 1, 2, 0)},
    {{9, 31}, 1, 20, 20, 20, window({3, 3}, 2, 1, 0, 1)},
    {{8, 15}, 1, 136, 136, 136, window({3, 3}, 2, 1, 1, 1)},
    {{6, 6}, 1, 24, 24, 24, window({3, 3}, 1, 1, 1, 1)},
    {{7, 14}, 1, 264, 264, 264, window({5, 5}, 1, 1, 2, 2)},
    {{5, 8}, 1, 9, 9, 9, window({5, 5}, 1, 1, 4, 0)},
    {{8, 29}, 2, 40, 40, 40, window({5, 5}, 2, 1, 1, 2)},
    {{9, 20}, 1, 130, 130, 130, window({7, 7}, 1, 1, 3, 3)},
};

TEST(Conv, Float32) {
  for (const ConvSpec& s : kSpecs) check(s, DType::float32), check(s, DType::float32, false);
}
// Small results for many threads; images and lines that the number of threads does not divide.
TEST(Conv, ByOneDnn) {
  const std::vector<ConvSpec> in_parts{{{90, 61}, 1, 5, 40, 1, window({5, 3}, 2, 2, 3, 4)},
                                       {{40, 50}, 2, 3, 64, 1, window({7, 7}, 2, 1, 2, 3)},
                                       {{19, 21}, 7, 6, 24, 1, window({3, 3}, 1, 1, 1, 1)},
                                       {{57, 33}, 5, 72, 72, 72, window({5, 5}, 2, 1, 1, 2)}};
  for (const int threads : {1, 2, 3}) {
    for (const ConvSpec& s : kSpecs) check(s, DType::float32, true, threads, OneDnn::everywhere);
    for (const ConvSpec& s : in_parts) {
      EXPECT_TRUE(check(s, DType::float32, true, threads, OneDnn::everywhere).find("onednn") != std::string::npos);
    }
  }
}
TEST(Conv, Float64) {
  for (const ConvSpec& s : kSpecs) check(s, DType::float64), check(s, DType::float64, false);
}
TEST(Conv, SixteenBits) {
  for (const ConvSpec& s : kSpecs) check(s, DType::float16), check(s, DType::bfloat16, false);
}

// The epilogues of Keras's application networks: activation(conv + bias), relu(conv + bias + residual), (conv + bias) · gate with
// one gate per image and channel, and others that only a tile program can compute.
enum class Tail { bias, relu, swish, residual, gate, scalar };

host::Program program_of(Tail tail, DType type, int& operands) {
  host::Program p{.inputs = {type, type}, .steps = {}};
  operands = 1;
  if (tail == Tail::residual || tail == Tail::gate) p.inputs.push_back(type), operands = 2;
  uint8_t last = p.append({.function = Function::add, .a = 0, .b = 1, .type = type});
  if (tail == Tail::relu) p.append({.function = Function::relu, .a = last, .type = type});
  if (tail == Tail::swish) p.append({.function = Function::silu, .a = last, .type = type});
  if (tail == Tail::residual) {
    last = p.append({.function = Function::add, .a = 2, .b = last, .type = type});
    p.append({.function = Function::relu, .a = last, .type = type});
  }
  if (tail == Tail::gate) p.append({.function = Function::multiply, .a = last, .b = 2, .type = type});
  if (tail == Tail::scalar) {
    const uint8_t six = p.append({.function = Function::constant, .type = type, .immediate = 0.6});
    last = p.append({.function = Function::relu, .a = last, .type = type});
    p.append({.function = Function::minimum, .a = last, .b = six, .type = type});
  }
  return p;
}

double tail_of(Tail tail, double sum, double other) {
  switch (tail) {
    case Tail::bias: return sum;
    case Tail::relu: return std::max(sum, 0.0);
    case Tail::swish: return sum / (1 + std::exp(-sum));
    case Tail::residual: return std::max(sum + other, 0.0);
    case Tail::gate: return sum * other;
    case Tail::scalar: return std::min(std::max(sum, 0.0), 0.6);
  }
  return 0;
}

void check_tail(const ConvSpec& s, Tail tail, DType type, OneDnn onednn = OneDnn::nowhere) {
  SCOPED_TRACE("tail " + std::to_string(static_cast<int>(tail)) + " channels " + std::to_string(s.channels) + ' ' +
               std::string(name_of(type)) + (onednn == OneDnn::nowhere ? "" : " onednn"));
  Net net(2, onednn);
  Data d = data_of(s, type);
  std::vector<double> expected = reference(s, d.x, d.w);
  const std::array<int64_t, 3> out = results(s);
  std::vector<int64_t> spatial(out.begin(), out.begin() + static_cast<int64_t>(s.in.size()));
  const Dims result = dims_of(s.batch, spatial, s.filters);
  const int64_t outs = out[0] * out[1] * out[2];
  Tensor bias = random_tensor(type, {s.filters}, 5);
  Tensor other = tail == Tail::gate ? random_tensor(type, dims_of(s.batch, std::vector<int64_t>(s.in.size(), 1), s.filters), 6)
                                    : random_tensor(type, result, 6);
  const std::vector<double> shift = doubles(bias), more = doubles(other);
  for (size_t i = 0; i < expected.size(); ++i) {
    const auto f = static_cast<int64_t>(i) % s.filters, n = static_cast<int64_t>(i) / s.filters / outs;
    const size_t at = tail == Tail::gate ? static_cast<size_t>(n * s.filters + f) : i;
    expected[i] = tail_of(tail, expected[i] + shift[static_cast<size_t>(f)], more[at]);
  }
  int operands = 0;
  const host::Program program = program_of(tail, type, operands);
  std::vector<Value> in{net.input(std::move(d.x)), net.constant(std::move(d.w)), net.constant(std::move(bias))};
  if (operands == 2) in.push_back(net.input(std::move(other)));
  const Value y = net.graph.add(host::Conv{.window = s.window, .groups = s.groups, .epilogue = program}, in,
                                {{.shape = host::shape_of(result), .dtype = type}})[0];
  int64_t terms = s.channels / s.groups;
  for (size_t i = 0; i < 3; ++i) terms *= s.window.size[i];
  const Tolerance t = tolerance_of(type, terms);
  expect_close(net.run(y), expected, t.relative * 4, t.absolute * 4);
}

TEST(Conv, Epilogues) {
  for (const DType type : {DType::float32, DType::float64, DType::float16}) {
    for (const Tail tail : {Tail::bias, Tail::relu, Tail::swish, Tail::residual, Tail::gate, Tail::scalar}) {
      for (size_t i : {0u, 1u, 2u, 5u, 7u, 9u, 10u, 11u, 18u, 19u, 22u, 24u, 25u}) {
        check_tail(kSpecs[i], tail, type);
        if (type == DType::float32) check_tail(kSpecs[i], tail, type, OneDnn::everywhere);
      }
    }
  }
}

TEST(Conv, OneThreadGivesWhatTwoGive) {
  for (size_t i : {0u, 10u, 18u, 19u}) {
    const ConvSpec& s = kSpecs[i];
    Tensor found[2];
    for (int threads = 1; threads <= 2; ++threads) {
      Net net(threads);
      Data d = data_of(s, DType::float32);
      const Value x = net.input(std::move(d.x));
      found[threads - 1] = net.run(net.build.convolve(x, net.constant(std::move(d.w)), s.window, s.groups)).clone();
    }
    expect_close(found[0], doubles(found[1]), 1e-6, 1e-6);
  }
}

TEST(Pool, MaximumAndAverage) {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const DType type : {DType::float32, DType::float64, DType::float16, DType::int32}) {
    for (const ConvSpec& s :
         {ConvSpec{{7, 9}, 2, 5, 5, 1, window({2, 2}, 2)}, ConvSpec{{7, 9}, 1, 33, 33, 1, window({3, 3}, 2, 1, 1, 1)},
          ConvSpec{{10}, 3, 4, 4, 1, window({3}, 1, 1, 1, 1)}, ConvSpec{{4, 5, 6}, 2, 3, 3, 1, window({2, 3, 2}, 2, 1, 0, 1)},
          ConvSpec{{112, 60}, 1, 64, 64, 1, window({3, 3}, 2, 1, 0, 1)}, ConvSpec{{3, 3}, 0, 2, 2, 1, window({2, 2})}}) {
      for (const bool average : {false, true}) {
        if (average && type == DType::int32) continue;
        Net net;
        Tensor x = random_tensor(type, dims_of(s.batch, s.in, s.channels), 3);
        const std::vector<double> values = doubles(x);
        const std::array<int64_t, 3> in = full(s.in), out = results(s);
        const int64_t outs = out[0] * out[1] * out[2], ins = in[0] * in[1] * in[2];
        std::vector<double> expected(static_cast<size_t>(s.batch * outs * s.channels), average ? 0 : -infinity),
            count(expected.size(), 0);
        each_tap(s, [&](int64_t o, int64_t i, int64_t) {
          for (int64_t n = 0; i >= 0 && n < s.batch; ++n) {
            for (int64_t c = 0; c < s.channels; ++c) {
              const auto to = static_cast<size_t>((n * outs + o) * s.channels + c);
              const double v = values[static_cast<size_t>((n * ins + i) * s.channels + c)];
              expected[to] = average ? expected[to] + v : std::max(expected[to], v);
              ++count[to];
            }
          }
        });
        for (size_t i = 0; average && i < expected.size(); ++i) expected[i] /= count[i];
        const Value v = net.input(std::move(x));
        const Value y = average ? net.build.average_pool(v, s.window) : net.build.max_pool(v, s.window);
        const Tolerance t = tolerance_of(type, 9);
        expect_close(net.run(y), expected, average ? t.relative : 0, average ? t.absolute : 0);
      }
    }
  }
}

}  // namespace
}  // namespace keraunos::cpu::testing
