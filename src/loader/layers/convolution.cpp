// Convolutions. Kernels are stored with spatial axes first and channels last, whatever the data format; operations are channels
// last.
#include "loader/layers/convolution.h"

#include "host/graph/extent.h"
#include "loader/layers/common/activations.h"
#include "loader/layers/common/arguments.h"
#include "loader/layers/common/config_changes.h"
#include "loader/layers/common/convolution_config.h"
#include "loader/layers/common/data_format.h"
#include "loader/layers/common/stored_weights.h"
#include "loader/layers/common/used_weight.h"

namespace keraunos::loader {

std::vector<LayerDef> convolution_layers();

namespace {

// The activation is applied in the layer's own data format; an elementwise one may run before the transpose, where it becomes an
// epilogue of the convolution.
Value finished(Lowering& l, Value y) {
  if (l.config().flag("use_bias", true)) y = l.add(y, used_weight(l, "bias", {l.dim(y, -1)}));
  if (channels_first(l.config()) && is_elementwise(l.config(), l.dialect())) return from_channels_last(l, l.activated(y));
  return l.activated(from_channels_last(l, y));
}

// Keras 2 accepts more axes before the spatial ones and treats each of them as batch.
struct Batch {
  Shape leading;
  Value fold(Lowering& l, Value x, int axes) {
    const Shape whole = l.shape(x);
    const ptrdiff_t extra = l.rank(x) - axes - 1;
    if (extra < 1 || (extra > 1 && !l.dialect().before(3, 0))) {
      l.refuse("needs an input of rank " + std::to_string(axes + 2) + ", found " + l.dims(x).to_string());
    }
    leading.assign(whole.begin(), whole.begin() + extra);
    Shape folded{Dim{host::product_of(leading).size, true}};
    folded.insert(folded.end(), whole.begin() + extra, whole.end());
    return l.reshape(x, folded);
  }
  Value unfold(Lowering& l, Value y) const {
    Shape whole = leading;
    const Shape own = l.shape(y);
    whole.insert(whole.end(), own.begin() + 1, own.end());
    return l.reshape(y, whole);
  }
};

// Keras pads a sequence causally: Conv1D in every version, SeparableConv1D in Keras 2.
bool may_be_causal(const Lowering& l, int axes, bool separable) { return axes == 1 && (!separable || l.dialect().before(3, 0)); }

template <class Convolve>
std::vector<Traced> lowered(Lowering& l, int axes, bool causal, const Convolve& convolve) {
  Batch batch;
  const Value x = to_channels_last(l, batch.fold(l, as_computed(l, l.input().value), axes));
  return {{batch.unfold(l, finished(l, convolve(x, ConvolutionConfig(l.config(), axes, causal)))), {}}};
}

// As in Keras, null is not a valid number of filters.
int64_t multiplier_of(const Config& config) {
  return config.is_missing("depth_multiplier") ? 1 : config.integer("depth_multiplier", Range{1});
}

// Each channel has `multiplier` filters; filter m of channel c is result channel c·multiplier + m, which is the memory order of
// the kernel (spatial…, C, multiplier): a grouped convolution with a reshaped kernel.
Value depthwise(Lowering& l, Value x, const ConvolutionConfig& geometry, std::string_view weight) {
  const int64_t channels = l.dim(x, -1).size, multiplier = multiplier_of(l.config());
  const Value kernel = used_weight(l, weight, geometry.kernel({channels, multiplier}));
  return geometry.convolve(l, x, l.reshape(kernel, geometry.kernel({1, host::checked_multiply(channels, multiplier)})), channels);
}

std::vector<Traced> lower_depthwise(Lowering& l, int axes) { return lower_depthwise_convolution(l, axes, "kernel"); }

// Keras 2 writes the number of groups of its base class, which these classes ignore.
void without_groups(files::Json& config) { drop_keys(config, {"groups"}); }

// Keras 2 writes the kernel keys of its base class, which a separable convolution does not have.
void separable_to_keras3(files::Json& config) {
  if (const files::Json* padding = config.find("padding"); padding != nullptr && *padding == files::Json("causal"))
    throw ConversionError{"pads causally, which a separable convolution of Keras 3 does not"};
  for (const char* key : {"kernel_initializer", "kernel_regularizer", "kernel_constraint"}) config = without_key(config, key);
  without_groups(config);
}

using Names = std::vector<std::string>;
std::shared_ptr<const LayerTraits> traits(LayerTraits stated) { return std::make_shared<const LayerTraits>(std::move(stated)); }

LayerDef layer(Names classes, Names kernels, std::set<std::string> keys, std::vector<Traced> (*lower)(Lowering&, int), int axes,
               LayerTraits stated = {}) {
  for (const char* key :
       {"kernel_size", "strides", "padding", "data_format", "dilation_rate", "groups", "activation", "use_bias"}) {
    keys.insert(key);
  }
  stated.class_in_keras3 = classes.front();
  return {
      .classes = std::move(classes),
      .keys = std::move(keys),
      .weights =
          [kernels = std::move(kernels)](const Config& config) {
            std::vector<WeightName> names;
            for (const std::string& kernel : kernels) names.push_back({.name = kernel});
            if (config.flag("use_bias", true)) names.push_back({.name = "bias"});
            return names;
          },
      .children = {},
      .lower = [lower, axes](Lowering& l) { return lower(l, axes); },
      .traits = traits(std::move(stated)),
  };
}

}  // namespace

std::vector<Traced> lower_plain_convolution(Lowering& l, int axes) {
  return lowered(l, axes, may_be_causal(l, axes, false), [&](Value x, const ConvolutionConfig& geometry) {
    const int64_t groups = groups_of(l), channels = l.dim(x, -1).size, filters = l.config().integer("filters", Range{1});
    if (channels % groups != 0) l.config().fail("groups", "a divisor of the " + std::to_string(channels) + " channels");
    return geometry.convolve(l, x, used_weight(l, "kernel", geometry.kernel({channels / groups, filters})), groups);
  });
}

std::vector<Traced> lower_depthwise_convolution(Lowering& l, int axes, std::string_view weight) {
  check_ignored_groups(l);
  return lowered(l, axes, false, [&](Value x, const ConvolutionConfig& geometry) { return depthwise(l, x, geometry, weight); });
}

std::vector<Traced> lower_separable_convolution(Lowering& l, int axes) {
  const int64_t filters = l.config().integer("filters", Range{1});
  check_ignored_groups(l, filters);
  return lowered(l, axes, may_be_causal(l, axes, true), [&](Value x, const ConvolutionConfig& geometry) {
    const Value deep = depthwise(l, x, geometry, "depthwise_kernel");
    Shape kernel(static_cast<size_t>(axes), Dim{1});
    kernel.push_back({l.dim(deep, -1).size}), kernel.push_back({filters});
    const Value pointwise = used_weight(l, "pointwise_kernel", kernel);
    const std::vector<int64_t> ones(static_cast<size_t>(axes), 1);
    if (is_empty_same(l.shape(deep), geometry.padding)) return nothing_same(l, deep, ones, l.dim(pointwise, -1));
    return l.convolve(deep, pointwise, Window{});
  });
}

std::vector<LayerDef> convolution_layers() {
  const std::set<std::string> filters{"filters"}, multiplier{"depth_multiplier"}, both{"filters", "depth_multiplier"};
  const Names separable{"depthwise_kernel", "pointwise_kernel"};
  const LayerTraits depthwise{.kernel_in_keras2 = "depthwise_kernel", .config_to_keras3 = without_groups};
  return {
      layer({"Conv1D", "Convolution1D"}, {"kernel"}, filters, lower_plain_convolution, 1,
            {.keras1_classes = {"Convolution1D", "AtrousConvolution1D"}, .convert_weights = convert_conv1d}),
      layer({"Conv2D", "Convolution2D"}, {"kernel"}, filters, lower_plain_convolution, 2,
            {.keras1_classes = {"Convolution2D", "AtrousConvolution2D"}, .convert_weights = convert_conv2d}),
      layer({"Conv3D", "Convolution3D"}, {"kernel"}, filters, lower_plain_convolution, 3,
            {.keras1_classes = {"Convolution3D"}, .convert_weights = convert_conv3d}),
      layer({"DepthwiseConv1D"}, {"kernel"}, multiplier, lower_depthwise, 1, depthwise),
      layer({"DepthwiseConv2D"}, {"kernel"}, multiplier, lower_depthwise, 2, depthwise),
      layer({"SeparableConv1D", "SeparableConvolution1D"}, separable, both, lower_separable_convolution, 1,
            {.config_to_keras3 = separable_to_keras3}),
      layer({"SeparableConv2D", "SeparableConvolution2D"}, separable, both, lower_separable_convolution, 2,
            {.keras1_classes = {"SeparableConvolution2D"}, .config_to_keras3 = separable_to_keras3}),
  };
}

}  // namespace keraunos::loader
