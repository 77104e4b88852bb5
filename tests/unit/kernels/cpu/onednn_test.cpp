// Which nodes oneDNN gets, and that it does not start threads in the caller's. Its numbers are tested together with those of our
// kernels, in conv_test and matmul_test, and by all recorded cases (golden_onednn).
#include <gtest/gtest.h>
#include <omp.h>

#include <atomic>
#include <limits>

#include "kernels/cpu/onednn/geometry.h"
#include "unit/kernels/cpu/harness.h"
#include "unit/threads/crowd.h"

namespace keraunos::cpu::testing {
namespace {

struct Layer {
  Dims x, kernel;
  int64_t groups = 1;
  int64_t stride = 1;
};

Value convolve(Net& net, const Layer& layer, bool relu = false) {
  const Value x = net.input(random_tensor(DType::float32, layer.x, 1));
  Window window;
  for (size_t axis = 0; axis < 2; ++axis) {
    window.size[axis] = layer.kernel[static_cast<int>(axis)], window.stride[axis] = layer.stride;
  }
  const Value kernel = net.constant(random_tensor(DType::float32, layer.kernel, 2));
  if (!relu) return net.build.convolve(x, kernel, window, layer.groups);
  host::Program program{.inputs = {DType::float32}, .steps = {}};
  program.append({.function = Function::relu, .a = 0, .type = DType::float32});
  const Dims result{layer.x[0], layer.x[1] - window.size[0] + 1, layer.x[2] - window.size[1] + 1, layer.kernel[3]};
  return net.graph.add(host::Conv{.window = window, .groups = layer.groups, .epilogue = program}, {x, kernel},
                       {{.shape = host::shape_of(result), .dtype = DType::float32}})[0];
}

bool by_onednn(const Layer& layer, int threads, OneDnn onednn = OneDnn::where_faster) {
  Net net(threads, onednn);
  convolve(net, layer);
  net.run();
  return net.kernels[0].find("onednn") != std::string::npos;
}

const Layer kStem{{1, 66, 66, 3}, {3, 3, 3, 64}}, kDense{{1, 66, 66, 32}, {3, 3, 32, 64}},
    kNarrow{{1, 56, 56, 64}, {1, 1, 64, 128}}, kWide{{1, 14, 14, 256}, {1, 1, 256, 512}},
    kDepthwise{{1, 58, 58, 96}, {3, 3, 1, 96}, 96}, kSmall{{1, 8, 8, 3}, {3, 3, 3, 16}}, kLong{{1, 28, 28, 512}, {1, 1, 512, 64}},
    kSignal{{8, 1, 2000, 1}, {1, 256, 1, 36}};

TEST(OneDnn, ComputesWhatItIsFasterAt) {
  if (!processor_has_avx2()) GTEST_SKIP() << "below AVX2 oneDNN may have no machine code for these, and then they are ours";
  for (const int threads : {1, 2}) {
    EXPECT_TRUE(by_onednn(kStem, threads));
    EXPECT_TRUE(by_onednn(kNarrow, threads));
    EXPECT_TRUE(by_onednn(kDepthwise, threads));
    EXPECT_EQ(by_onednn(kWide, threads), threads == 1) << "several threads share the filters of a wide product";
    EXPECT_FALSE(by_onednn(kDense, threads));
    EXPECT_FALSE(by_onednn(kSmall, threads));
    EXPECT_FALSE(by_onednn(kSignal, threads));
    EXPECT_FALSE(by_onednn(kLong, threads, OneDnn::everywhere)) << "ours is more exact";
    EXPECT_TRUE(by_onednn(kDense, threads, OneDnn::everywhere));
    EXPECT_FALSE(by_onednn(kStem, threads, OneDnn::nowhere));
  }
}

// Four threads need four parts, also for a sequence, whose axis is the last, and for a 1 × 1 convolution with few lines.
TEST(OneDnn, HasAPartForEveryThread) {
  const auto parts = [](const Dims& x, const Dims& kernel) {
    Net net(4, OneDnn::everywhere);
    Window window;
    for (int axis = 0; axis + 2 < x.rank(); ++axis) window.size[static_cast<size_t>(axis)] = kernel[axis];
    net.build.convolve(net.input(random_tensor(DType::float32, x, 1)), net.constant(random_tensor(DType::float32, kernel, 2)),
                       window);
    net.run();
    const std::string& text = net.kernels[0];
    const size_t at = text.find(" in ");
    return at == std::string::npos ? 0 : std::stoi(text.substr(at + 4));
  };
  EXPECT_GE(parts({1, 2000, 16}, {7, 16, 32}), 4);
  EXPECT_GE(parts({1, 2000, 64}, {1, 64, 64}), 4);
  EXPECT_GE(parts({1, 3, 600, 64}, {1, 1, 64, 64}), 4);
  EXPECT_GE(parts({1, 60, 60, 8}, {3, 3, 8, 24}), 4);
}

// A window with holes of 36 lines and padding of 36: each of many parts reaches beyond the image by another number of lines and
// would be compiled separately.
TEST(OneDnn, IsNotAskedForManyKindsOfParts) {
  Net net(2, OneDnn::everywhere);
  Window window;
  for (size_t axis = 0; axis < 2; ++axis) {
    window.size[axis] = 3, window.dilation[axis] = window.low[axis] = window.high[axis] = 36;
  }
  const Value x = net.input(random_tensor(DType::float32, {1, 65, 65, 1024}, 1));
  net.build.convolve(x, net.constant(random_tensor(DType::float32, {3, 3, 1, 1024}, 2)), window, 1024);
  net.run();
  EXPECT_TRUE(net.kernels[0].starts_with("depthwise ") && net.kernels[0].find("onednn") == std::string::npos) << net.kernels[0];
}

// oneDNN uses 32-bit counters in some places; larger shapes run in our kernels or are refused.
TEST(OneDnn, IsNotAskedForShapesBeyondItsNumbers) {
  const Cpu cpu{.kernels = &select_kernels(), .threads = 1, .onednn = OneDnn::everywhere};
  onednn::Geometry g{.batch = 4, .channels = 64, .filters = 64};
  for (int axis = 0; axis < 2; ++axis) g.in[axis] = g.out[axis] = 1000;
  EXPECT_TRUE(onednn::worth_it(cpu, g));
  g.batch = 64;
  EXPECT_FALSE(onednn::worth_it(cpu, g)) << "2³² elements";
  g.batch = 4, g.size[0] = 3, g.dilation[0] = int64_t{1} << 40;
  EXPECT_FALSE(onednn::worth_it(cpu, g));
}

TEST(OneDnn, LeavesTheCallersOpenMpAsItWas) {
  const int before = omp_get_max_threads();
  omp_set_num_threads(7);
  for (const int threads : {1, 3}) by_onednn(kStem, threads);
  EXPECT_EQ(omp_get_max_threads(), 7);
  omp_set_num_threads(before);
}

// Sessions share steps: six threads run one step at the same time, each with its own memory.
TEST(OneDnn, OneStepServesManyThreads) {
  Net net(2, OneDnn::everywhere);
  const Value y = convolve(net, {{2, 40, 31, 5}, {3, 3, 5, 40}});
  const Tensor& expected = net.run(y);
  PlainConstants constants(net.graph);
  constants.next_node();
  const auto step = net.device->prepare(net.graph, net.graph.nodes[0], constants);
  const Tensor& x = net.at(net.graph.inputs[0]);
  std::atomic<int> wrong = 0;
  run_crowd(6, [&](int) {
    const auto stream = net.device->make_stream();
    for (int round = 0; round < 20; ++round) {
      Tensor result(DType::float32, expected.dims());
      std::vector<std::byte> workspace(static_cast<size_t>(step->workspace_bytes) + 64);
      void* aligned = workspace.data();
      size_t room = workspace.size();
      std::align(64, static_cast<size_t>(step->workspace_bytes), aligned, room);
      const std::vector<const void*> in{x.data(), nullptr};
      const std::vector<void*> out{result.data()};
      step->enqueue({.in = in, .out = out, .workspace = aligned, .error = nullptr, .stream = stream.get()});
      wrong += std::memcmp(result.data(), expected.data(), static_cast<size_t>(expected.bytes())) != 0;
    }
  });
  EXPECT_EQ(wrong, 0);
}

// oneDNN's own relu turns NaN into zero; ours runs after oneDNN.
TEST(OneDnn, NotANumberPassesReluAsInKeras) {
  Net net(2, OneDnn::everywhere);
  const Value y = convolve(net, {{1, 10, 10, 3}, {3, 3, 3, 16}}, true);
  static_cast<float*>(net.contents[static_cast<size_t>(net.graph.inputs[0].id)].data())[0] =
      std::numeric_limits<float>::quiet_NaN();
  const Tensor& result = net.run(y);
  const auto* values = static_cast<const float*>(result.data());
  EXPECT_TRUE(std::isnan(values[0]));
  for (int64_t i = 16; i < result.dims().elements(); ++i) EXPECT_GE(values[i], 0) << i;
}

}  // namespace
}  // namespace keraunos::cpu::testing
