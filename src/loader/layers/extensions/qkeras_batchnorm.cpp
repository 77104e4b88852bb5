// QKeras 0.9.0 (Keras 2): QConv2DBatchnorm and QDepthwiseConv2DBatchnorm, whose batch normalisation is folded into kernel and
// bias before these are quantised. At inference both folding modes use the moving statistics.
#include "host/graph/extent.h"
#include "loader/files/json.h"
#include "loader/layers/common/arguments.h"
#include "loader/layers/common/convolution_config.h"
#include "loader/layers/common/functional_form.h"
#include "loader/layers/common/used_weight.h"
#include "loader/layers/extensions/qkeras_config.h"

namespace keraunos::loader {

std::vector<LayerDef> qkeras_batchnorm_layers();

namespace {

void check_folding(const Lowering& l) {
  const Config& config = l.config();
  if (trains(l)) l.refuse("is called with training=True, which folds the statistics of the batch");
  static_cast<void>(config.text("folding_mode", "ema_stats_folding", {"ema_stats_folding", "batch_stats_folding"}));
  static_cast<void>(config.text("data_format", "channels_last", {"channels_last"}));
  if (!config.flag("center", true)) config.fail("center", "true");
  if (config.integer("groups", 1) != 1) config.fail("groups", "1");
  const files::Json* axis = config.find("axis");
  const int64_t channels = axis == nullptr ? -1 : config.integers("axis", 1).front();
  if (channels != -1 && channels != 3) config.fail("axis", "the axis of the channels, 3 or -1");
}

struct Folding {
  Value scale, bias;
};

// scale · (x + bias − mean) + beta
Folding folding(Lowering& l, Dim channels) {
  const Config& config = l.config();
  const auto weight = [&](std::string_view name) { return l.child_weight("batchnorm", name, {channels}); };
  const Value variance = weight("moving_variance"), mean = weight("moving_mean");
  Value scale = l.unary(Function::rsqrt, l.add(variance, config.number("epsilon", 1e-3, RealRange{})));
  if (config.flag("scale", true)) scale = l.multiply(scale, weight("gamma"));
  const Value bias = config.flag("use_bias", true) ? l.weight("bias", {channels}) : l.scalar(0, l.dtype(mean));
  return {scale, l.add(l.multiply(scale, l.subtract(bias, mean)), weight("beta"))};
}

Value through_quantiser(Lowering& l, const std::string& key, Value x) {
  return l.config().has(key) ? l.call_child(key, {Arg{Traced{x, {}}}})[0].value : x;
}

std::vector<Traced> lower_folded(Lowering& l, const std::string& kernel_name) {
  check_folding(l);
  const Value x = as_computed(l, l.input().value);
  if (l.rank(x) != 4) l.refuse("needs an input of rank 4, found " + l.dims(x).to_string());
  const bool depthwise = kernel_name != "kernel";
  const ConvolutionConfig geometry(l.config(), 2, false);
  const int64_t channels = l.dim(x, 3).size;
  const int64_t each = l.config().integer(depthwise ? "depth_multiplier" : "filters", Range{1});
  const Dim results{depthwise ? host::checked_multiply(channels, each) : each};
  const Folding folded = folding(l, results);
  const Value scale = depthwise ? l.reshape(folded.scale, {{channels}, {each}}) : folded.scale;
  Value kernel = l.multiply(l.weight(kernel_name, geometry.kernel({channels, each})), scale);
  kernel = through_quantiser(l, quantizer_of(kernel_name), kernel);
  if (depthwise) kernel = l.reshape(kernel, geometry.kernel({1, results.size}));
  const Value y = geometry.convolve(l, x, kernel, depthwise ? channels : 1);
  return {{l.activated(l.add(y, through_quantiser(l, "bias_quantizer", folded.bias))), {}}};
}

std::vector<ChildName> parts_of_folded(const Config& config, const std::string& kernel_quantiser) {
  std::vector<ChildName> children;
  const auto add = [&](const std::string& key, SerialisedLayer layer) {
    if (!layer && config.has(key) && key != "activation") config.fail(key, "a quantiser of QKeras");
    if (layer) children.push_back({.attribute = key, .aliases = {}, .config = std::move(layer)});
  };
  add(kernel_quantiser, qkeras::quantiser_of_weight(config, kernel_quantiser));
  add("bias_quantizer", qkeras::quantiser_in(config, "bias_quantizer"));
  add("activation", qkeras::quantiser_in(config, "activation"));
  const files::Json norm = layer_object(config, "BatchNormalization", {{"scale", config.flag("scale", true)}});
  add("batchnorm", std::make_shared<const files::Json>(norm));
  return children;
}

LayerDef folded(const std::string& name, const std::string& kernel, std::set<std::string> keys) {
  const std::string quantiser = quantizer_of(kernel);
  keys.insert({quantiser,
               "bias_quantizer",
               "bias_range",
               "activation",
               "use_bias",
               "kernel_size",
               "strides",
               "padding",
               "data_format",
               "dilation_rate",
               "groups",
               "axis",
               "momentum",
               "epsilon",
               "center",
               "scale",
               "renorm",
               "fused",
               "renorm_clipping",
               "renorm_momentum",
               "adjustment",
               "ema_freeze_delay",
               "synchronized",
               "folding_mode",
               "virtual_batch_size"});
  const auto weights = [kernel](const Config& config) {
    std::vector<WeightName> names{{.name = kernel}};
    if (config.flag("use_bias", true)) names.push_back({.name = "bias"});
    names.push_back({.name = "iteration", .trainable = false});
    return names;
  };
  return {.classes = {"qkeras>" + name, name},
          .keys = std::move(keys),
          .weights = weights,
          .children = [quantiser](const Config& config) { return parts_of_folded(config, quantiser); },
          .lower = [kernel](Lowering& l) { return lower_folded(l, kernel); }};
}

}  // namespace

std::vector<LayerDef> qkeras_batchnorm_layers() {
  return {folded("QConv2DBatchnorm", "kernel", {"filters", "kernel_range"}),
          folded("QDepthwiseConv2DBatchnorm", "depthwise_kernel", {"depth_multiplier", "depthwise_range"})};
}

}  // namespace keraunos::loader
