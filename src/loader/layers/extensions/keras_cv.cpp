// KerasCV 0.9.0: layers that models use outside of its backbones. Layers that drop blocks or paths have no effect at inference.
#include <algorithm>

#include "loader/layers/common/arguments.h"
#include "loader/layers/extensions/keras_hub/hub_images.h"

namespace keraunos::loader {

std::vector<LayerDef> keras_cv_layers();

namespace {

using files::Json;

Value image_of_cv(Lowering& l) {
  const Value x = as_computed(l, l.input().value);
  if (l.rank(x) != 4) l.refuse("needs an input of shape (batch, height, width, channels), found " + l.dims(x).to_string());
  return x;
}

Value mean_of_image(Lowering& l, Value x) {
  const int spatial[] = {1, 2};
  return l.reduce(Reduction::mean, x, spatial, true);
}

std::vector<Traced> lower_dropped(Lowering& l) {
  if (l.config().number("rate", 0.5, RealRange{0, 1}) > 0) refuse_training(l);
  return {{as_computed(l, l.input().value), {}}};
}

std::vector<Traced> lower_survival(Lowering& l) {
  refuse_training(l);
  const std::vector<Traced> inputs = l.inputs();
  if (inputs.size() != 2) l.refuse("needs two inputs, found " + std::to_string(inputs.size()));
  const double survives = 1 - l.config().number("rate", 0.5, RealRange{0, 1});
  return {{l.add(as_computed(l, inputs[0].value), l.multiply(as_computed(l, inputs[1].value), survives)), {}}};
}

std::vector<Traced> lower_excited(Lowering& l) {
  const Value x = image_of_cv(l);
  return {{l.multiply(call_part(l, "excite_conv", call_part(l, "squeeze_conv", mean_of_image(l, x))), x), {}}};
}

ChildName cv_convolution(const Config& c, const char* name, int64_t filters, int64_t kernel, Members more) {
  Members members{{"filters", filters}, {"kernel_size", kernel}, {"padding", "same"}};
  members.insert(members.end(), more.begin(), more.end());
  return hub_part(c, "Conv2D", name, std::move(members));
}

std::vector<ChildName> excited_parts(const Config& c) {
  const int64_t filters = c.integer("filters", Range{1});
  const int64_t inner = c.integer("bottleneck_filters", std::max<int64_t>(filters / 4, 1), Range{1});
  return {cv_convolution(c, "squeeze_conv", inner, 1, {{"activation", value_of(c, "squeeze_activation", "relu")}}),
          cv_convolution(c, "excite_conv", filters, 1, {{"activation", value_of(c, "excite_activation", "sigmoid")}})};
}

// The parameters of both kinds of inverted bottlenecks.
struct Bottleneck {
  int64_t in, out, ratio, kernel, stride, squeezed;
  bool expands, excites;

  explicit Bottleneck(const Config& c)
      : in(c.integer("input_filters", Range{1})),
        out(c.integer("output_filters", Range{1})),
        ratio(c.integer("expand_ratio", 1, Range{1, 1024})),
        kernel(c.integer("kernel_size", 3, Range{1})),
        stride(c.integer("strides", 1, Range{1})),
        squeezed(
            std::max<int64_t>(1, static_cast<int64_t>(static_cast<double>(in) * c.number("se_ratio", 0, RealRange{-1e3, 1e3})))),
        expands(ratio != 1),
        excites(c.number("se_ratio", 0, RealRange{}) > 0 && c.number("se_ratio", 0, RealRange{}) <= 1) {}
};

// A fused bottleneck has no depthwise convolution: its first convolution has the kernel and the stride, or its last one the
// kernel.
std::vector<ChildName> bottleneck_parts(const Config& c, bool fused) {
  const Bottleneck b(c);
  const int64_t filters = b.in * b.ratio;
  const Members unbiased{{"use_bias", false}};
  std::vector<ChildName> parts;
  const auto norm = [&](const char* name) { parts.push_back(hub_part(c, "BatchNormalization", name, {{"axis", 3}})); };
  if (b.expands) {
    Members first = unbiased;
    first.emplace_back("strides", fused ? b.stride : 1);
    parts.push_back(cv_convolution(c, "conv1", filters, fused ? b.kernel : 1, std::move(first)));
    norm("bn1");
  }
  if (!fused) {
    parts.push_back(hub_part(c, "DepthwiseConv2D", "depthwise",
                             {{"kernel_size", b.kernel}, {"strides", b.stride}, {"padding", "same"}, {"use_bias", false}}));
    norm("bn2");
  }
  if (b.excites) {
    parts.push_back(cv_convolution(c, "se_conv1", b.squeezed, 1, {{"activation", value_of(c, "activation", "swish")}}));
    parts.push_back(cv_convolution(c, "se_conv2", filters, 1, {{"activation", "sigmoid"}}));
  }
  parts.push_back(cv_convolution(c, "output_conv", b.out, b.expands ? 1 : b.kernel, unbiased));
  norm("bn3");
  return parts;
}

std::vector<Traced> lower_bottleneck(Lowering& l, bool fused) {
  const Config& c = l.config();
  const Bottleneck b(c);
  if (c.number("survival_probability", 0.8, RealRange{0, 1}) > 0) refuse_training(l);
  const Value input = image_of_cv(l);
  Value x = input;
  if (b.expands) x = l.activated(call_part(l, "bn1", call_part(l, "conv1", x)));
  if (!fused) x = l.activated(call_part(l, "bn2", call_part(l, "depthwise", x)));
  if (b.excites) x = l.multiply(x, call_part(l, "se_conv2", call_part(l, "se_conv1", mean_of_image(l, x))));
  x = call_part(l, "bn3", call_part(l, "output_conv", x));
  if (fused && !b.expands) x = l.activated(x);
  return {{b.stride == 1 && b.in == b.out ? l.add(x, input) : x, {}}};
}

LayerDef bottleneck(const char* name, bool fused) {
  return {.classes = {std::string("keras_cv>") + name},
          .keys = {"input_filters", "output_filters", "expand_ratio", "kernel_size", "strides", "se_ratio", "bn_momentum",
                   "activation", "survival_probability"},
          .children = [fused](const Config& c) { return bottleneck_parts(c, fused); },
          .lower = [fused](Lowering& l) { return lower_bottleneck(l, fused); }};
}

// A convolution, its normalisation and the activation, after what comes before them.
ChildName pyramid_branch(const Config& c, const std::string& attribute, Members convolution, Json before = Json::array()) {
  convolution.insert(convolution.begin(), {"name", "conv2d"});
  convolution.emplace_back("filters", value_of(c, "num_channels", 256));
  convolution.emplace_back("use_bias", false);
  before.push_back(layer_object(c, "Conv2D", std::move(convolution)));
  before.push_back(layer_object(c, "BatchNormalization", {{"name", "batch_normalization"}}));
  before.push_back(layer_object(c, "Activation", {{"name", "activation"}, {"activation", value_of(c, "activation", "relu")}}));
  const std::string name = attribute.substr(attribute.find('/') == std::string::npos ? 0 : attribute.find('/') + 1);
  return {.attribute = attribute,
          .aliases = {},
          .config = std::make_shared<const Json>(hub_sequential("branch_" + name, std::move(before)))};
}

std::string branch_of_pyramid(int64_t index) { return "aspp_parallel_channels/" + std::to_string(index); }

std::vector<ChildName> pyramid_parts(const Config& c) {
  const Members point{{"kernel_size", 1}};
  const std::vector<int64_t> rates = hub_sizes(c, "dilation_rates");
  std::vector<ChildName> parts{pyramid_branch(c, branch_of_pyramid(0), point)};
  for (const int64_t rate : rates)
    parts.push_back(pyramid_branch(c, branch_of_pyramid(static_cast<int64_t>(parts.size())),
                                   {{"kernel_size", 3}, {"padding", "same"}, {"dilation_rate", rate}}));
  const Json mean = layer_object(c, "GlobalAveragePooling2D", {{"name", "mean"}, {"keepdims", true}});
  parts.push_back(pyramid_branch(c, branch_of_pyramid(static_cast<int64_t>(parts.size())), point, json_list({mean})));
  parts.push_back(pyramid_branch(c, "projection", point));
  return parts;
}

// The mean of the image is one pixel, which resizing repeats.
std::vector<Traced> lower_pyramid(Lowering& l) {
  if (l.config().number("dropout", 0, RealRange{0, 1}) > 0) refuse_training(l);
  const Value x = image_of_cv(l);
  const auto branches = static_cast<int64_t>(hub_sizes(l.config(), "dilation_rates").size()) + 2;
  std::vector<Value> all;
  for (int64_t i = 0; i < branches; ++i) {
    const Value y = call_part(l, branch_of_pyramid(i), x);
    all.push_back(l.broadcast_to(y, {l.dim(x, 0), l.dim(x, 1), l.dim(x, 2), l.dim(y, 3)}));
  }
  return {{call_part(l, "projection", l.concatenate(all, 3)), {}}};
}

std::vector<ChildName> cv_encoder_parts(const Config& c) {
  const int64_t width = c.integer("project_dim", Range{1}), heads = c.integer("num_heads", Range{1});
  const auto norm = [&](const char* name) {
    return hub_part(c, "LayerNormalization", name, {{"epsilon", value_of(c, "layer_norm_epsilon", 1e-6)}});
  };
  return {norm("layer_norm1"), norm("layer_norm2"),
          hub_part(c, "MultiHeadAttention", "attn",
                   {{"num_heads", heads},
                    {"key_dim", std::max<int64_t>(width / heads, 1)},
                    {"dropout", value_of(c, "attention_dropout", 0.1)}}),
          hub_part(c, "Dense", "dense1", {{"units", value_of(c, "mlp_dim")}}),
          hub_part(c, "Dense", "dense2", {{"units", width}})};
}

// gelu is the tanh approximation here.
std::vector<Traced> lower_cv_encoder(Lowering& l) {
  const Config& c = l.config();
  for (const char* key : {"mlp_dropout", "attention_dropout"}) {
    if (c.number(key, 0.1, RealRange{0, 1}) > 0) refuse_training(l);
  }
  const Value in = as_computed(l, l.input().value), normed = call_part(l, "layer_norm1", in);
  const Value x = l.add(l.call_child("attn", {tensor_argument(normed), tensor_argument(normed)})[0].value, in);
  const Value hidden = call_part(l, "dense1", call_part(l, "layer_norm2", x));
  const Json* name = c.find("activation");
  const bool is_gelu = name == nullptr || *name == Json("gelu");
  const Value y = is_gelu ? l.unary(Function::gelu_tanh, hidden) : l.activated(hidden);
  return {{l.add(x, call_part(l, "dense2", y)), {}}};
}

}  // namespace

std::vector<LayerDef> keras_cv_layers() {
  return {
      {.classes = {"keras_cv>DropPath", "keras_cv>DropBlock2D"}, .keys = {"rate", "block_size"}, .lower = lower_dropped},
      {.classes = {"keras_cv>StochasticDepth"}, .keys = {"rate"}, .lower = lower_survival},
      {.classes = {"keras_cv>SqueezeAndExcite2D"},
       .keys = {"filters", "bottleneck_filters", "squeeze_activation", "excite_activation"},
       .children = excited_parts,
       .lower = lower_excited},
      bottleneck("MBConvBlock", false),
      bottleneck("FusedMBConvBlock", true),
      {.classes = {"keras_cv>SpatialPyramidPooling"},
       .keys = {"dilation_rates", "num_channels", "activation", "dropout"},
       .children = pyramid_parts,
       .lower = lower_pyramid},
      {.classes = {"keras_cv>TransformerEncoder"},
       .keys = {"project_dim", "num_heads", "mlp_dim", "mlp_dropout", "attention_dropout", "activation", "layer_norm_epsilon"},
       .children = cv_encoder_parts,
       .lower = lower_cv_encoder}};
}

}  // namespace keraunos::loader
