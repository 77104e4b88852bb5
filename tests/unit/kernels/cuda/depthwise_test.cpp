// The kernel for common windows, with every number of columns that a thread may compute. Most graphs here are too small to give a
// thread more than one, so the launcher is called for a GPU with one, two and four multiprocessors.
#include "kernels/cuda/depthwise.h"

#include "kernels/cuda/depthwise_shape.h"
#include "kernels/cuda/runtime/memory.h"
#include "kernels/cuda/runtime/stream.h"
#include "unit/kernels/cuda/compare.h"

namespace keraunos::cuda::tests {
namespace {

enum class Behind { nothing, bias_and_relu6, residual, scale_of_an_image };

struct Problem {
  int64_t height, width, row_stride, stride, low, high;
  int64_t batch = 2, rows = 13, columns = 9, channels = 68;  // of y
};

ConvShape shape_of(const Problem& p) {
  ConvShape s;
  s.channels = s.filters = s.groups = s.tap_stride = p.channels, s.filter_stride = 1;
  s.window.batch = p.batch;
  const int64_t out[] = {p.rows, p.columns}, window[] = {p.height, p.width}, stride[] = {p.row_stride, p.stride};
  for (size_t i : {0u, 1u}) {
    const int64_t low = window[i] > 1 ? p.low : 0, high = window[i] > 1 ? p.high : 0;
    s.window.in[i + 1] = (out[i] - 1) * stride[i] + window[i] - low - high;
    s.window.out[i + 1] = out[i], s.window.window[i + 1] = window[i], s.window.stride[i + 1] = stride[i],
                     s.window.low[i + 1] = low;
  }
  return s;
}

Epilogue epilogue_of(const Problem& p, Behind behind, const void* operand) {
  Epilogue e;
  if (behind == Behind::nothing) return e;
  e.chain.links = 1;
  e.chain.link[0] = {.function = behind == Behind::scale_of_an_image ? Function::multiply : Function::add, .operand = 1};
  e.operands.at[1] = operand;
  const int64_t places = p.rows * p.columns;
  if (behind == Behind::bias_and_relu6) {
    e.chain.link[e.chain.links++] = {.function = Function::relu};
    e.chain.link[e.chain.links++] = {.immediate = 6, .function = Function::minimum};
    e.strides = {.axes = 2, .operands = 2, .extent = {p.batch * places, p.channels}, .stride = {{p.channels, 1}, {0, 1}}};
  } else if (behind == Behind::residual) {
    e.strides = {.axes = 1, .operands = 2, .extent = {p.batch * places * p.channels}, .stride = {{1}, {1}}};
  } else {
    e.strides = {.axes = 3,
                 .operands = 2,
                 .extent = {p.batch, places, p.channels},
                 .stride = {{places * p.channels, p.channels, 1}, {p.channels, 0, 1}}};
  }
  return e;
}

double expected_at(const Problem& p, const WindowShape& w, Behind behind, const Tensor& x, const Tensor& kernel,
                   const Tensor& operand, int64_t index) {
  const int64_t channel = index % p.channels, column = index / p.channels % p.columns;
  const int64_t row = index / (p.channels * p.columns) % p.rows, image = index / (p.channels * p.columns * p.rows);
  double sum = 0;
  for (int64_t h = 0; h < p.height; ++h) {
    for (int64_t v = 0; v < p.width; ++v) {
      const int64_t r = row * p.row_stride + h - w.low[1], c = column * p.stride + v - w.low[2];
      if (r < 0 || r >= w.in[1] || c < 0 || c >= w.in[2]) continue;
      const int64_t place = (image * w.in[1] + r) * w.in[2] + c, tap = h * p.width + v;
      sum += element(x, place * p.channels + channel) * element(kernel, tap * p.channels + channel);
    }
  }
  switch (behind) {
    case Behind::bias_and_relu6: return std::min(std::max(sum + element(operand, channel), 0.0), 6.0);
    case Behind::residual: return sum + element(operand, index);
    case Behind::scale_of_an_image: return sum * element(operand, image * p.channels + channel);
    default: return sum;
  }
}

// `columns`: the number that a thread computes, for a problem that has 1024 to 2047 threads with four columns each.
void expect_convolved(DType type, const Problem& p, Behind behind, int columns) {
  const ConvShape shape = shape_of(p);
  const WindowShape& w = shape.window;
  const LaunchContext context{.multiprocessors = 4 / columns};
  ASSERT_EQ(columns_a_thread(shape, context), columns);
  std::mt19937 random(7);
  const auto numbers = [&](const Dims& dims) {
    std::uniform_real_distribution<double> real(-2, 2);
    return filled(type, dims, [&](int64_t) { return real(random); });
  };
  const Tensor x = numbers({p.batch, w.in[1], w.in[2], p.channels}), kernel = numbers({p.height, p.width, p.channels});
  const Tensor operand = numbers({behind == Behind::residual ? w.positions() : p.batch, p.channels});
  Tensor found(type, {p.batch, p.rows, p.columns, p.channels});
  const auto on_device = [](const Tensor& t) { return upload(0, t.data(), t.bytes()); };
  const auto device_x = on_device(x), device_kernel = on_device(kernel), device_operand = on_device(operand);
  const auto y = allocate_device(0, found.bytes());
  Stream stream(0);
  stream.fill_invalid(y.get(), found.bytes());
  const Epilogue epilogue = epilogue_of(p, behind, device_operand.get());
  ASSERT_TRUE(launch_depthwise_rows(type, shape, device_x.get(), device_kernel.get(), epilogue, y.get(), context, stream.get()));
  stream.copy_out(found.data(), y.get(), found.bytes());
  stream.synchronize();
  const Tensor expected =
      filled(DType::float64, found.dims(), [&](int64_t i) { return expected_at(p, w, behind, x, kernel, operand, i); });
  expect_close(found, expected, tolerance_of(type),
               "window " + std::to_string(p.height) + " x " + std::to_string(p.width) + ", stride " + std::to_string(p.stride) +
                   ", low " + std::to_string(p.low) + ", high " + std::to_string(p.high) + ", columns " +
                   std::to_string(columns));
}

TEST(CudaDepthwise, WindowsStridesPaddings) {
  for (int columns : {1, 2, 4}) {
    for (int64_t width : {3, 5}) {
      for (int64_t stride : {1, 2}) {
        for (int64_t low : {0, 1, 2}) {
          for (DType type : {DType::float32, DType::float16}) {
            expect_convolved(type, {width, width, stride, stride, low, 2 - low}, Behind::bias_and_relu6, columns);
            expect_convolved(type, {width, width, stride, stride, low, low}, Behind::nothing, columns);
            if (HasFatalFailure()) return;
          }
        }
      }
    }
  }
}

TEST(CudaDepthwise, OtherHeightsAndSizes) {
  for (int columns : {1, 2, 4}) {
    for (DType type : {DType::float32, DType::bfloat16}) {
      expect_convolved(type, {1, 3, 1, 1, 1, 1, 26, 1, 9}, Behind::bias_and_relu6, columns);  // one axis
      expect_convolved(type, {1, 5, 1, 2, 4, 0, 30, 1, 10}, Behind::nothing, columns);        // causal
      expect_convolved(type, {7, 3, 3, 1, 2, 1}, Behind::bias_and_relu6, columns);            // another height and its stride
      expect_convolved(type, {3, 3, 1, 1, 1, 1, 1, 12, 11, 148}, Behind::bias_and_relu6, columns);  // 37 packs: two slices of 19
      expect_convolved(type, {3, 5, 2, 2, 2, 2, 2, 3, 7, 400}, Behind::bias_and_relu6, columns);    // four slices
    }
  }
  expect_convolved(DType::float32, {3, 3, 1, 1, 1, 1, 600, 1, 1, 4}, Behind::nothing, 1);  // one position
  expect_convolved(DType::float32, {3, 3, 1, 1, 1, 1, 14}, Behind::bias_and_relu6, 4);     // a block runs more than one iteration
}

TEST(CudaDepthwise, OperandsOfAnyBroadcast) {
  for (Behind behind : {Behind::residual, Behind::scale_of_an_image}) {
    for (int columns : {1, 2, 4}) {
      for (DType type : {DType::float32, DType::bfloat16}) expect_convolved(type, {3, 3, 1, 1, 1, 1}, behind, columns);
    }
  }
}

TEST(CudaDepthwise, LeavesOtherWindowsAlone) {
  const ConvShape common = shape_of({3, 3, 1, 1, 1, 1});
  EXPECT_TRUE(has_common_window(common));
  const auto refused = [&](auto change) {
    ConvShape s = common;
    change(s);
    return !has_common_window(s);
  };
  EXPECT_TRUE(refused([](ConvShape& s) { s.window.dilation[1] = 2; }));
  EXPECT_TRUE(refused([](ConvShape& s) { s.window.window[2] = 4; }));
  EXPECT_TRUE(refused([](ConvShape& s) { s.window.stride[2] = 3; }));
  EXPECT_TRUE(refused([](ConvShape& s) { s.window.in[0] = s.window.out[0] = 2; }));
  EXPECT_TRUE(refused([](ConvShape& s) { s.window.batch = 1 << 20; }));
}

TEST(CudaDepthwise, DivisionsByMultiplication) {
  for (uint32_t by : {1u, 2u, 3u, 5u, 7u, 28u, 112u, 641u, 65535u, 65536u, 65537u, 0x40000001u, 0x7fffffffu}) {
    const Divisor divisor(by);
    for (uint32_t n : {0u, 1u, by - 1, by, by + (by >> 1), 0x3fffffffu / by * by, 0x7fffffffu / by * by - 1,
                       0x7fffffffu / by * by, 0x7ffffffeu, 0x7fffffffu}) {
      uint32_t rest = n & 0x7fffffffu;
      const uint32_t whole = rest;
      EXPECT_EQ(divisor.take(rest), whole % by);
      EXPECT_EQ(rest, whole / by) << whole << " / " << by;
    }
  }
}

}  // namespace
}  // namespace keraunos::cuda::tests
