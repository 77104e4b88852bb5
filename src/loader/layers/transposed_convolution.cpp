// Transposed convolutions. Kernels are (spatial…, filters, channels); operations are channels last.
#include "host/graph/extent.h"
#include "loader/layers/common/activations.h"
#include "loader/layers/common/arguments.h"
#include "loader/layers/common/config_changes.h"
#include "loader/layers/common/convolution_config.h"
#include "loader/layers/common/data_format.h"
#include "loader/layers/common/stored_weights.h"
#include "loader/layers/common/transposed.h"
#include "loader/layers/common/used_weight.h"
#include "loader/layers/common/window.h"
#include "loader/layers/convolution.h"

namespace keraunos::loader {

std::vector<LayerDef> transposed_convolution_layers();

namespace {

using Extents = std::vector<int64_t>;

Extents ones_unless_given(const Config& config, std::string_view key, int axes) {
  return config.is_missing(key) ? Extents(static_cast<size_t>(axes), 1) : config.integers(key, axes, Range{1});
}

// Keras 2 does not pass the dilation of Conv3DTranspose to TensorFlow.
Extents dilation_of(const Lowering& l, int axes) {
  const Extents given = ones_unless_given(l.config(), "dilation_rate", axes);
  return axes == 3 && l.dialect().before(3, 0) ? Extents(3, 1) : given;
}

std::vector<TransposedAxis> transposed_axes(Lowering& l, Value x, const Extents& size) {
  const Config& config = l.config();
  const int count = static_cast<int>(size.size());
  const Extents stride = ones_unless_given(config, "strides", count), dilation = dilation_of(l, count);
  const bool same = padding_of(config) == Padding::same;
  const bool padded = config.has("output_padding");
  const Extents padding = padded ? config.integers("output_padding", count, Range{0}) : Extents(size.size(), 0);
  std::vector<TransposedAxis> axes;
  for (size_t i = 0; i < size.size(); ++i) {
    if (padded && padding[i] >= stride[i]) config.fail("output_padding", "less than the stride of each axis");
    if (stride[i] > 1 && dilation[i] > 1) config.fail("dilation_rate", "1 where the stride is more than 1");
    const int64_t elements = l.dim(x, static_cast<int>(i) + 1).size, reach = host::reach_of(size[i], dilation[i]);
    const auto given = padded ? std::optional<int64_t>(padding[i]) : std::nullopt;
    const auto axis = transposed_axis(elements, size[i], stride[i], dilation[i],
                                      transposed_results(elements, reach, stride[i], same, given), same);
    if (!axis) {
      l.refuse("has an output_padding that does not fit its " + std::to_string(elements) +
               " elements along an axis, which TensorFlow refuses too");
    }
    axes.push_back(*axis);
  }
  return axes;
}

Value repeated_bias(Lowering& l, Dim filters, int64_t copies) {
  const Value bias = used_weight(l, "bias", {filters});
  return l.reshape(l.broadcast_to(bias, {{copies}, filters}), {{copies * filters.size}});
}

}  // namespace

std::vector<Traced> lower_transposed_convolution(Lowering& l, int spatial) {
  Value x = as_computed(l, l.input().value);
  if (l.rank(x) != spatial + 2)
    l.refuse("needs an input of rank " + std::to_string(spatial + 2) + ", found " + l.dims(x).to_string());
  x = to_channels_last(l, x);
  const Extents size = l.config().integers("kernel_size", spatial, Range{1});
  Shape kernel;
  for (int64_t extent : size) kernel.push_back({extent});
  const int64_t filters = l.config().integer("filters", Range{1});
  check_ignored_groups(l, filters);
  kernel.push_back({filters}), kernel.push_back({l.dim(x, -1).size});
  const bool early = is_elementwise(l.config(), l.dialect());
  const Finish finish = [&](Value y, int64_t copies) {
    if (l.config().flag("use_bias", true)) y = l.add(y, repeated_bias(l, {filters}, copies));
    return early ? l.activated(y) : y;
  };
  const Value y =
      from_channels_last(l, convolve_transposed(l, x, used_weight(l, "kernel", kernel), transposed_axes(l, x, size), finish));
  return {{early ? y : l.activated(y), {}}};
}

namespace {

LayerDef transposed_layer(std::vector<std::string> classes, int spatial, LayerTraits stated = {}) {
  stated.config_to_keras3 = [](files::Json& config) { drop_keys(config, {"groups"}); };
  return {
      .classes = std::move(classes),
      .keys = {"filters", "kernel_size", "strides", "padding", "output_padding", "data_format", "dilation_rate", "groups",
               "activation", "use_bias"},
      .weights =
          [](const Config& config) {
            std::vector<WeightName> names{{.name = "kernel"}};
            if (config.flag("use_bias", true)) names.push_back({.name = "bias"});
            return names;
          },
      .children = {},
      .lower = [spatial](Lowering& l) { return lower_transposed_convolution(l, spatial); },
      .traits = std::make_shared<const LayerTraits>(std::move(stated)),
  };
}

}  // namespace

std::vector<LayerDef> transposed_convolution_layers() {
  return {
      transposed_layer({"Conv1DTranspose", "Convolution1DTranspose"}, 1),
      transposed_layer({"Conv2DTranspose", "Convolution2DTranspose"}, 2,
                       {.keras1_classes = {"Deconvolution2D"}, .convert_weights = convert_conv2d_transpose}),
      transposed_layer({"Conv3DTranspose", "Convolution3DTranspose"}, 3),
  };
}

}  // namespace keraunos::loader
