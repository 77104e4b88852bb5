// One layer of a network, as both sides of the comparison use it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace keraunos::bench {

/// float32, channels last. A product is `height` rows of `channels` times (channels, filters).
struct Layer {
  enum Kind : uint8_t { convolution, depthwise, product, max_pool, average_pool } kind = convolution;
  const char* network = "";
  int64_t height = 1, width = 1, channels = 1, filters = 1;
  int64_t size = 1, stride = 1, before = 0, after = 0;  ///< window and padding, the same along both axes

  int64_t out(int64_t extent) const noexcept { return (extent + before + after - size) / stride + 1; }
  bool has_kernel() const noexcept { return kind == convolution || kind == depthwise || kind == product; }
  int64_t inputs() const noexcept { return height * width * channels; }
  int64_t outputs() const noexcept { return kind == product ? height * filters : out(height) * out(width) * filters; }
  int64_t weights() const noexcept { return size * size * channels * (kind == depthwise ? 1 : filters); }
  std::string name() const;
};

/// A layer prepared by one side: the time of preparation, and a call on `batch` images at `x` with the result at `y`.
struct Ready {
  double prepare_seconds = 0;
  std::function<void(const float* x, float* y)> call;
};

/// Values of the kernel (height, width, channels / groups, filters) and the bias, as Keras stores them.
struct Weights {
  std::vector<float> kernel, bias;
};

Ready ready_keraunos(const Layer& layer, int64_t batch, int threads, const Weights& weights);
/// `blocked`: activations also have oneDNN's preferred layout (conversions are not timed), otherwise channels last.
Ready ready_onednn(const Layer& layer, int64_t batch, int threads, const Weights& weights, bool blocked);

}  // namespace keraunos::bench
