#include "loader/layers/common/window.h"

#include <algorithm>

namespace keraunos::loader {

Padding padding_of(const Config& config) {
  const std::string word = config.text("padding", "valid");
  if (word == "valid") return Padding::valid;
  if (word == "same") return Padding::same;
  if (word == "causal") return Padding::causal;
  config.fail("padding", "\"valid\", \"same\" or \"causal\"");
}

Edges edges_of(Padding padding, int64_t elements, int64_t size, int64_t stride, int64_t dilation) {
  const int64_t reach = (size - 1) * dilation + 1;
  if (padding == Padding::valid) return {};
  if (padding == Padding::causal) return {.low = reach - 1, .high = 0};
  const int64_t results = (elements + stride - 1) / stride;
  const int64_t total = std::max<int64_t>((results - 1) * stride + reach - elements, 0);
  return {.low = total / 2, .high = total - total / 2};
}

Window window_over(const Shape& x, Padding padding, std::span<const int64_t> size, std::span<const int64_t> stride,
                   std::span<const int64_t> dilation) {
  Window window;
  for (size_t i = 0; i < size.size(); ++i) {
    const Edges edges = edges_of(padding, x[i + 1].size, size[i], stride[i], dilation[i]);
    window.size[i] = size[i], window.stride[i] = stride[i], window.dilation[i] = dilation[i];
    window.low[i] = edges.low, window.high[i] = edges.high;
  }
  return window;
}

}  // namespace keraunos::loader
