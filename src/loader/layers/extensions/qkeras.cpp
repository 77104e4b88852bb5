// QKeras 0.9.0 (Keras 2) and qkeras-v3 1.2.1 (Keras 3): layers of Keras whose weights are quantised before they are used. A
// quantiser is an inner layer with the weight as its input: computed over constants, it is evaluated once. Files of Keras 2
// contain the class names alone ("QDense"), those of Keras 3 with their package ("qkeras>QDense").
#include "loader/layers/common/arguments.h"
#include "loader/layers/common/data_format.h"
#include "loader/layers/common/used_weight.h"
#include "loader/layers/convolution.h"
#include "loader/layers/dense.h"
#include "loader/layers/extensions/qkeras_config.h"
#include "loader/layers/normalization.h"
#include "loader/layers/table.h"

namespace keraunos::loader {

std::vector<LayerDef> qkeras_layers();

namespace {

using qkeras::quantiser_in;
using qkeras::quantiser_of_weight;

using WeightNames = std::vector<std::string>;

void add_child(std::vector<ChildName>& children, std::string key, SerialisedLayer layer) {
  if (layer) children.push_back({.attribute = std::move(key), .aliases = {}, .config = std::move(layer)});
}

// QKeras fits scales to weights, but not to bias, beta or mean.
bool is_fitted(const std::string& weight) { return weight != "bias" && weight != "beta" && weight != "moving_mean"; }

std::vector<ChildName> quantisers(const Config& config, const WeightNames& weights) {
  std::vector<ChildName> children;
  for (const std::string& weight : weights) {
    const std::string key = quantizer_of(weight);
    SerialisedLayer layer = is_fitted(weight) ? quantiser_of_weight(config, key) : quantiser_in(config, key);
    if (!layer && config.has(key)) config.fail(key, "a quantiser of QKeras");
    add_child(children, key, std::move(layer));
  }
  add_child(children, "activation", quantiser_in(config, "activation"));
  return children;
}

LayerDef layer(const std::string& name, const WeightNames& weights, std::set<std::string> keys,
               std::function<std::vector<Traced>(Lowering&)> lower) {
  for (const std::string& weight : weights) keys.insert(quantizer_of(weight));
  for (const char* key : {"activation", "use_bias", "kernel_range", "bias_range", "depthwise_range"}) keys.insert(key);
  const auto names = [weights](const Config& config) {
    std::vector<WeightName> all;
    for (const std::string& weight : weights) {
      if (weight != "bias" || config.flag("use_bias", true)) all.push_back({.name = weight});
    }
    return all;
  };
  return {.classes = {"qkeras>" + name, name},
          .keys = std::move(keys),
          .weights = names,
          .children = [weights](const Config& config) { return quantisers(config, weights); },
          .lower = std::move(lower)};
}

LayerDef convolution(const std::string& name, WeightNames kernels, std::set<std::string> keys,
                     std::function<std::vector<Traced>(Lowering&)> lower) {
  for (const char* key : {"kernel_size", "strides", "padding", "data_format", "dilation_rate", "groups"}) keys.insert(key);
  kernels.push_back("bias");
  return layer(name, kernels, std::move(keys), std::move(lower));
}

// QKeras calls Keras's function without groups.
std::vector<Traced> lower_qconvolution(Lowering& l, int axes) {
  if (l.config().integer("groups", 1) != 1) l.config().fail("groups", "1");
  return lower_plain_convolution(l, axes);
}

std::vector<Traced> lower_qtransposed(Lowering& l) {
  if (l.config().integer("groups", 1) != 1) l.config().fail("groups", "1");
  return lower_transposed_convolution(l, 2);
}

std::vector<Traced> lower_qactivation(Lowering& l) {
  const Traced x = l.input();
  return {{l.activated(x.value), {}}};
}

// The mean of Keras's layer, times the number of pixels, times the quantised reciprocal of that number.
std::vector<Traced> lower_qmean(Lowering& l, const char* of_keras, bool global) {
  const Value in = l.input().value;
  Value x = find_layer(of_keras)->lower(l)[0].value;
  if (l.config().has("average_quantizer")) {
    const std::vector<int64_t> pool = global ? std::vector<int64_t>() : l.config().integers("pool_size", 2, Range{1, 1 << 15});
    const bool first = channels_first(l.config());
    const int64_t pixels = global ? l.dim(in, first ? 2 : 1).size * l.dim(in, first ? 3 : 2).size : pool[0] * pool[1];
    const Value part = l.broadcast_to(l.scalar(1.0 / static_cast<double>(pixels), l.dtype(x)), {{1}});
    const Value weight = l.call_child("average_quantizer", {Arg{Traced{part, {}}}})[0].value;
    x = l.multiply(l.multiply(x, static_cast<double>(pixels)), weight);
  }
  return {{l.activated(x), {}}};
}

LayerDef quantised_mean(const std::string& name, const char* of_keras, std::set<std::string> keys, bool global) {
  keys.insert({"average_quantizer", "activation", "data_format"});
  return {.classes = {"qkeras>" + name, name},
          .keys = std::move(keys),
          .children =
              [](const Config& config) {
                std::vector<ChildName> children;
                for (const char* key : {"average_quantizer", "activation"}) add_child(children, key, quantiser_in(config, key));
                return children;
              },
          .lower = [of_keras, global](Lowering& l) { return lower_qmean(l, of_keras, global); }};
}

// Only in qkeras-v3: one factor and one summand for the whole tensor.
std::vector<Traced> lower_qscale_shift(Lowering& l) {
  const Shape one{{1}, {1}};
  Value x = l.multiply(as_computed(l, l.input().value), used_weight(l, "weight", one));
  if (l.config().flag("use_bias", true)) x = l.add(used_weight(l, "bias", one), x);
  return {{l.activated(x), {}}};
}

// Each weight has its quantiser; if the config lacks one, QKeras uses its default, but no QKeras file lacks one.
std::vector<Traced> lower_qbatch_normalization(Lowering& l) {
  for (const char* weight : {"gamma", "beta", "moving_mean", "moving_variance"}) {
    if (l.config().is_missing(quantizer_of(weight))) l.config().fail(quantizer_of(weight), "a quantiser of QKeras or null");
  }
  return lower_batch_normalization(l);
}

LayerDef batch_normalization() {
  LayerDef def = layer("QBatchNormalization", {"gamma", "beta", "moving_mean", "moving_variance"},
                       {"axis", "epsilon", "center", "scale", "momentum", "renorm", "renorm_clipping", "renorm_momentum", "fused",
                        "virtual_batch_size", "adjustment", "synchronized", "beta_range", "gamma_range"},
                       lower_qbatch_normalization);
  def.weights = weights_of_batch_normalization;
  def.passes_mask = true;
  return def;
}

}  // namespace

std::vector<LayerDef> qkeras_layers() {
  LayerDef dense = layer("QDense", {"kernel", "bias"}, {"units", "quantization_config", "lora_rank", "lora_alpha"}, lower_dense);
  dense.passes_mask = true;
  LayerDef activation{.classes = {"qkeras>QActivation", "QActivation"},
                      .keys = {"activation"},
                      .children =
                          [](const Config& config) {
                            std::vector<ChildName> children;
                            add_child(children, "activation", quantiser_in(config, "activation"));
                            return children;
                          },
                      .lower = lower_qactivation};
  return {
      std::move(dense),
      std::move(activation),
      batch_normalization(),
      quantised_mean("QAveragePooling2D", "AveragePooling2D", {"pool_size", "strides", "padding"}, false),
      quantised_mean("QGlobalAveragePooling2D", "GlobalAveragePooling2D", {"keepdims"}, true),
      layer("QScaleShift", {"weight", "bias"}, {}, lower_qscale_shift),
      convolution("QConv1D", {"kernel"}, {"filters"}, [](Lowering& l) { return lower_qconvolution(l, 1); }),
      convolution("QConv2D", {"kernel"}, {"filters"}, [](Lowering& l) { return lower_qconvolution(l, 2); }),
      convolution("QConv2DTranspose", {"kernel"}, {"filters", "output_padding"}, lower_qtransposed),
      convolution("QDepthwiseConv2D", {"depthwise_kernel"}, {"depth_multiplier"},
                  [](Lowering& l) { return lower_depthwise_convolution(l, 2, "depthwise_kernel"); }),
      convolution("QSeparableConv1D", {"depthwise_kernel", "pointwise_kernel"}, {"filters", "depth_multiplier"},
                  [](Lowering& l) { return lower_separable_convolution(l, 1); }),
      convolution("QSeparableConv2D", {"depthwise_kernel", "pointwise_kernel"}, {"filters", "depth_multiplier"},
                  [](Lowering& l) { return lower_separable_convolution(l, 2); }),
  };
}

}  // namespace keraunos::loader
