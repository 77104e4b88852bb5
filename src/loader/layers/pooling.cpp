// Pooling over windows and over all positions. All layers drop the mask; GlobalAveragePooling1D uses it first.
#include <numeric>

#include "loader/layers/common/arguments.h"
#include "loader/layers/common/data_format.h"
#include "loader/layers/common/window.h"

namespace keraunos::loader {

std::vector<LayerDef> pooling_layers();

namespace {

enum class Kind : uint8_t { maximum, average };

void require_rank(Lowering& l, Value x, int axes) {
  if (l.rank(x) != axes + 2) l.refuse("needs an input of rank " + std::to_string(axes + 2) + ", found " + l.dims(x).to_string());
}

LayerDef windowed(std::vector<std::string> names, Kind kind, int axes) {
  const auto lower = [kind, axes](Lowering& l) -> std::vector<Traced> {
    require_rank(l, l.input().value, axes);
    const Value x = to_channels_last(l, kind == Kind::average ? as_computed(l, l.input().value) : l.input().value);
    // Keras's default size is 2; the default strides are the size.
    const Config& config = l.config();
    const auto size = config.is_missing("pool_size") ? std::vector<int64_t>(static_cast<size_t>(axes), 2)
                                                     : config.integers("pool_size", axes, Range{1});
    const auto stride = config.has("strides") ? config.integers("strides", axes, Range{1}) : size;
    const std::vector<int64_t> dilation(size.size(), 1);
    // Keras 3 computes with "SAME", but it makes no model of such a layer.
    if (!l.dialect().before(3, 0)) static_cast<void>(config.text("padding", "valid", {"valid", "same"}));
    if (is_empty_same(l.shape(x), padding_of(config)))
      return {{from_channels_last(l, nothing_same(l, x, stride, l.dim(x, -1))), {}}};
    const Window window = window_over(l.shape(x), padding_of(config), size, stride, dilation);
    return {{from_channels_last(l, kind == Kind::average ? l.average_pool(x, window) : l.max_pool(x, window)), {}}};
  };
  return {.classes = std::move(names),
          .keys = {"pool_size", "strides", "padding", "data_format"},
          .weights = {},
          .children = {},
          .lower = lower};
}

std::vector<int> spatial_axes(const Lowering& l, int axes) {
  std::vector<int> all(static_cast<size_t>(axes));
  std::iota(all.begin(), all.end(), channels_first(l.config()) ? 2 : 1);
  return all;
}

// Only unmasked steps count; a sample without any gives 0/0, as in Keras. Before 3.15 a numeric mask weights the steps.
Value masked_mean(Lowering& l, Value x, Value mask, const std::vector<int>& steps, bool keep) {
  const bool weighs = l.dtype(mask) != DType::boolean && l.dialect().before(3, 15);
  const Value allowed = l.expand_dims(weighs ? mask : as_boolean(l, mask), channels_first(l.config()) ? 1 : 2);
  const DType type = l.dtype(x), wide = size_of(type) == 2 ? DType::float32 : type;  // float16 is exact only up to 2048
  const Value weights = l.cast(allowed, wide), each = l.cast(x, wide);
  const Value kept = weighs ? l.multiply(each, weights) : l.select(allowed, each, l.scalar(0, wide));
  const Value sum = l.reduce(Reduction::sum, kept, steps, keep);
  return l.cast(l.divide(sum, l.reduce(Reduction::sum, weights, steps, keep)), type);
}

LayerDef global(std::vector<std::string> names, Kind kind, int axes) {
  const auto lower = [kind, axes](Lowering& l) -> std::vector<Traced> {
    const Traced in = l.input();
    require_rank(l, in.value, axes);
    const std::vector<int> steps = spatial_axes(l, axes);
    const bool keep = l.config().flag("keepdims", false);
    if (kind == Kind::maximum) return {{l.reduce(Reduction::maximum, in.value, steps, keep), {}}};
    const Value x = as_computed(l, in.value);
    const Value mask = axes == 1 ? numeric_mask_argument(l, in) : Value{};
    return {{mask ? masked_mean(l, x, mask, steps, keep) : l.reduce(Reduction::mean, x, steps, keep), {}}};
  };
  return {.classes = std::move(names), .keys = {"data_format", "keepdims"}, .weights = {}, .children = {}, .lower = lower};
}

}  // namespace

std::vector<LayerDef> pooling_layers() {
  return {
      windowed({"MaxPooling1D", "MaxPool1D"}, Kind::maximum, 1),
      windowed({"MaxPooling2D", "MaxPool2D"}, Kind::maximum, 2),
      windowed({"MaxPooling3D", "MaxPool3D"}, Kind::maximum, 3),
      windowed({"AveragePooling1D", "AvgPool1D"}, Kind::average, 1),
      windowed({"AveragePooling2D", "AvgPool2D"}, Kind::average, 2),
      windowed({"AveragePooling3D", "AvgPool3D"}, Kind::average, 3),
      global({"GlobalMaxPooling1D", "GlobalMaxPool1D"}, Kind::maximum, 1),
      global({"GlobalMaxPooling2D", "GlobalMaxPool2D"}, Kind::maximum, 2),
      global({"GlobalMaxPooling3D", "GlobalMaxPool3D"}, Kind::maximum, 3),
      global({"GlobalAveragePooling1D", "GlobalAvgPool1D"}, Kind::average, 1),
      global({"GlobalAveragePooling2D", "GlobalAvgPool2D"}, Kind::average, 2),
      global({"GlobalAveragePooling3D", "GlobalAvgPool3D"}, Kind::average, 3),
  };
}

}  // namespace keraunos::loader
