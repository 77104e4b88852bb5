#include "unit/kernels/cuda/compare.h"

namespace keraunos::cuda::tests {
namespace {

struct Convolved {
  Dims x, kernel;
  Window window{};
  int64_t groups = 1;
};

const Convolved kPlain[] = {
    {{2, 7, 6, 3}, {3, 3, 3, 8}, {.low = {1, 1, 0}, .high = {1, 1, 0}}},
    {{1, 9, 9, 4}, {3, 2, 4, 16}, {.stride = {2, 2, 1}, .low = {0, 1, 0}, .high = {1, 0, 0}}},
    {{2, 12, 8}, {3, 8, 8}, {.dilation = {2, 1, 1}, .low = {4, 0, 0}}},
    {{1, 4, 5, 4, 4}, {2, 2, 3, 4, 8}, {.stride = {1, 2, 1}}},
    {{2, 5, 5, 8}, {3, 3, 4, 16}, {}, 2},
    {{2, 5, 5, 31}, {2, 2, 31, 33}, {}},
    {{1, 5, 5, 1}, {5, 5, 1, 1}, {}},
};

Value convolve(Writer& w, const Convolved& c, bool constant = true) {
  return w.build.convolve(w.operand(c.x), w.operand(c.kernel, constant, 0.5), c.window, c.groups);
}

// Gives the last node an epilogue: bias, residual, functions.
void add_epilogue(Writer& w, bool bias, bool residual, const std::vector<Function>& functions) {
  host::Node& node = w.graph.nodes.back();
  auto& epilogue = std::get<host::Conv>(node.op).epilogue;
  const Dims dims = host::dims_of(w.graph.info(node.out[0]).shape);
  epilogue.inputs = {w.type()};
  const auto add = [&](Value v) {
    node.in.push_back(v);
    epilogue.inputs.push_back(w.type());
  };
  if (bias) add(w.vector(dims.back()));
  if (residual) add(w.operand(dims));
  uint8_t last = 0;
  for (size_t i = 1; i < epilogue.inputs.size(); ++i)
    last = epilogue.append({.function = Function::add, .a = last, .b = uint8_t(i), .type = w.type()});
  for (Function f : functions) last = epilogue.append({.function = f, .a = last, .type = w.type()});
}

double slack_of(const Convolved& c) {
  return 1 + std::sqrt(static_cast<double>(c.kernel.elements() / std::max<int64_t>(c.kernel.back(), 1)));
}

TEST(CudaConv, ShapesOfEveryKind) {
  for (const Convolved& c : kPlain) {
    expect_same_in_all_floats([&](Writer& w) { convolve(w, c); }, {}, slack_of(c));
  }
}

TEST(CudaConv, Empty) {
  expect_same(DType::float32, [](Writer& w) { convolve(w, {{0, 5, 5, 3}, {3, 3, 3, 4}}); });
}

TEST(CudaConv, WindowsOfOneAreProducts) {
  const Convolved c{{2, 5, 6, 32}, {1, 1, 32, 24}};
  const auto kernels = expect_same(
      DType::float32,
      [&](Writer& w) {
        convolve(w, c);
        add_epilogue(w, true, true, {Function::relu});
      },
      {}, 8);
  EXPECT_EQ(kernels, std::vector<std::string>{"cublasLt"});
}

TEST(CudaConv, EpiloguesOfEveryKind) {
  for (size_t i : {0u, 1u, 4u}) {
    for (bool bias : {false, true}) {
      for (bool residual : {false, true}) {
        for (const auto& f : {std::vector<Function>{}, std::vector{Function::relu}, std::vector{Function::silu},
                              std::vector{Function::relu, Function::erf}}) {
          if (!bias && !residual && f.empty()) continue;
          expect_same_in_all_floats(
              [&](Writer& w) {
                convolve(w, kPlain[i]);
                add_epilogue(w, bias, residual, f);
              },
              {}, slack_of(kPlain[i]));
        }
      }
    }
  }
}

const Convolved kDepthwise[] = {
    {{2, 7, 6, 32}, {3, 3, 1, 32}, {.low = {1, 1, 0}, .high = {1, 1, 0}}, 32},
    {{1, 9, 8, 33}, {5, 3, 1, 33}, {.stride = {2, 2, 1}, .low = {1, 0, 0}, .high = {2, 1, 0}}, 33},
    {{2, 11, 8}, {3, 1, 8}, {.dilation = {2, 1, 1}}, 8},
    {{2, 5, 5, 4}, {2, 2, 1, 12}, {}, 4},  // three filters a channel
};

TEST(CudaConv, Depthwise) {
  for (const Convolved& c : kDepthwise) {
    for (const auto& f :
         {std::vector<Function>{}, std::vector{Function::relu}, std::vector{Function::silu}, std::vector{Function::sin}}) {
      expect_same_in_all_floats(
          [&](Writer& w) {
            convolve(w, c);
            if (!f.empty()) add_epilogue(w, true, f[0] == Function::silu, f);
          },
          {}, 8);
    }
  }
}

TEST(CudaConv, WhoComputesWhat) {
  const auto name = [](DType type, const Convolved& c, bool constant) {
    return expect_same(
        type, [&](Writer& w) { convolve(w, c, constant); }, {}, slack_of(c))[0];
  };
  EXPECT_EQ(name(DType::float32, kPlain[0], true).substr(0, 5), "cuDNN");
  EXPECT_EQ(name(DType::float64, kPlain[0], true), "direct convolution");
  EXPECT_EQ(name(DType::float32, kPlain[0], false), "direct convolution");
  EXPECT_EQ(name(DType::bfloat16, kDepthwise[0], true), "depthwise convolution");
}

TEST(CudaConv, MemoryBesideAlignment) {
  for (const Convolved& c : {kPlain[0], kPlain[4], kDepthwise[0]}) {
    expect_same(
        DType::float32,
        [&](Writer& w) {
          convolve(w, c);
          add_epilogue(w, true, true, {Function::relu});
        },
        {.misaligned = 4}, slack_of(c));
  }
}

}  // namespace
}  // namespace keraunos::cuda::tests
