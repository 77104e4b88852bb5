#include "loader/layers/common/window.h"

#include <algorithm>

#include "host/graph/extent.h"
#include "loader/layers/common/texts.h"

namespace keraunos::loader {

Padding padding_of(const Config& config, bool may_be_causal) {
  const std::string word = may_be_causal ? lower_text(config, "padding", "valid", {"valid", "same", "causal"})
                                         : lower_text(config, "padding", "valid", {"valid", "same"});
  if (word == "valid") return Padding::valid;
  return word == "same" ? Padding::same : Padding::causal;
}

namespace {

int64_t results_of_same(int64_t elements, int64_t stride) { return elements / stride + (elements % stride != 0 ? 1 : 0); }

}  // namespace

Edges edges_of(Padding padding, int64_t elements, int64_t size, int64_t stride, int64_t dilation) {
  const int64_t reach = host::reach_of(size, dilation);
  if (padding == Padding::valid) return {};
  if (padding == Padding::causal) return {.low = reach - 1, .high = 0};
  const int64_t last = host::checked_multiply(results_of_same(elements, stride) - 1, stride);
  const int64_t total = std::max<int64_t>(host::checked_subtract(host::checked_add(last, reach), elements), 0);
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

bool is_empty_same(const Shape& x, Padding padding) {
  return padding == Padding::same && std::any_of(x.begin() + 1, x.end() - 1, [](const Dim& dim) { return dim.size == 0; });
}

Value nothing_same(Lowering& l, Value x, std::span<const int64_t> stride, Dim channels) {
  Shape result = l.shape(x);
  for (size_t i = 0; i < stride.size(); ++i) result[i + 1].size = results_of_same(result[i + 1].size, stride[i]);
  result.back() = channels;
  return l.broadcast_to(l.scalar(0, l.dtype(x)), result);
}

}  // namespace keraunos::loader
