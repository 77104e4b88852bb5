// MobileNet (V3) of KerasHub.
#include <algorithm>

#include "loader/layers/common/arguments.h"
#include "loader/layers/extensions/keras_hub/hub_images.h"

namespace keraunos::loader {

std::vector<LayerDef> hub_mobilenet_layers();

namespace {

using files::Json;
using FormTensor = FunctionalForm::Tensor;

// The nearest multiple of 8 that is not much smaller.
int64_t adjusted_channels(double channels) {
  const int64_t whole = std::max<int64_t>(8, static_cast<int64_t>(channels + 4) / 8 * 8);
  return static_cast<double>(whole) < 0.9 * channels ? whole + 8 : whole;
}

ChildName mobile_convolution(const Config& c, const std::string& name, int64_t filters, int64_t kernel, const Json& stride,
                             int64_t groups) {
  return hub_part(c, "Conv2D", name,
                  {{"filters", filters},
                   {"kernel_size", json_list({kernel, kernel})},
                   {"strides", json_list({stride, stride})},
                   {"padding", "valid"},
                   {"groups", groups},
                   {"use_bias", false}});
}

ChildName mobile_norm(const Config& c, const std::string& name) {
  return hub_part(c, "BatchNormalization", name, {{"axis", -1}, {"epsilon", 1e-5}});
}

ChildName mobile_padding(const Config& c, const Json& width) {
  const Json both = json_list({width, width});
  return hub_part(c, "ZeroPadding2D", "pad", {{"padding", json_list({both, both})}});
}

ChildName excitation(const Config& c, const std::string& name, int64_t filters, double ratio) {
  return hub_part(c, "keras_hub>part>SqueezeAndExcite2D", name,
                  {{"filters", filters}, {"bottleneck_filters", adjusted_channels(static_cast<double>(filters) * ratio)}});
}

std::vector<ChildName> excitation_parts(const Config& c) {
  const auto dense = [&](const char* name, const char* filters) {
    return hub_part(c, "Conv2D", name, {{"filters", value_of(c, filters)}, {"kernel_size", json_list({1, 1})}});
  };
  return {dense("conv_reduce", "bottleneck_filters"), dense("conv_expand", "filters")};
}

std::vector<Traced> lower_excitation(Lowering& l) {
  const Value x = as_computed(l, l.input().value);
  const int places[] = {1, 2};
  const Value inner = l.unary(Function::relu, call_part(l, "conv_reduce", l.reduce(Reduction::mean, x, places, true)));
  return {{l.multiply(x, l.called("hard_sigmoid", call_part(l, "conv_expand", inner))), {}}};
}

double excitation_ratio(const Config& c) { return c.number("squeeze_excite_ratio", 0, RealRange{0, 1}); }

std::vector<ChildName> depthwise_parts(const Config& c) {
  const int64_t in = c.integer("infilters", Range{1, 1 << 20});
  std::vector<ChildName> parts{mobile_padding(c, 1), mobile_convolution(c, "conv1", in, 3, value_of(c, "stride", 2), in),
                               mobile_norm(c, "batch_normalization1")};
  if (c.has("squeeze_excite_ratio")) parts.push_back(excitation(c, "se_layer", in, excitation_ratio(c)));
  parts.push_back(mobile_convolution(c, "conv2", c.integer("filters", Range{1, 1 << 20}), 1, 1, 1));
  parts.push_back(mobile_norm(c, "batch_normalization2"));
  return parts;
}

std::vector<Traced> lower_mobile_depthwise(Lowering& l) {
  const Value in = as_computed(l, l.input().value);
  Value x = call_part(l, "batch_normalization1", call_part(l, "conv1", call_part(l, "pad", in)));
  x = l.unary(Function::relu, x);
  if (l.config().has("squeeze_excite_ratio")) x = call_part(l, "se_layer", x);
  x = call_part(l, "batch_normalization2", call_part(l, "conv2", x));
  return {{l.config().flag("residual", false) ? l.add(x, in) : x, {}}};
}

std::vector<ChildName> inverted_parts(const Config& c) {
  const int64_t wide = adjusted_channels(static_cast<double>(c.integer("expansion", Range{1, 1 << 20})));
  std::vector<ChildName> parts{
      mobile_convolution(c, "conv1", wide, 1, 1, 1), mobile_norm(c, "batch_normalization1"),
      mobile_padding(c, value_of(c, "padding")),
      mobile_convolution(c, "conv2", wide, c.integer("kernel_size", Range{1, 1 << 10}), value_of(c, "stride"), wide),
      mobile_norm(c, "batch_normalization2")};
  if (c.has("squeeze_excite_ratio")) parts.push_back(excitation(c, "squeeze_excite", wide, excitation_ratio(c)));
  parts.push_back(mobile_convolution(c, "conv3", c.integer("filters", Range{1, 1 << 20}), 1, 1, 1));
  parts.push_back(mobile_norm(c, "batch_normalization3"));
  return parts;
}

std::vector<Traced> lower_inverted(Lowering& l) {
  const Config& c = l.config();
  const Value in = as_computed(l, l.input().value);
  Value x = l.activated(call_part(l, "batch_normalization1", call_part(l, "conv1", in)));
  x = l.activated(call_part(l, "batch_normalization2", call_part(l, "conv2", call_part(l, "pad", x))));
  if (c.has("squeeze_excite_ratio")) x = call_part(l, "squeeze_excite", x);
  x = call_part(l, "batch_normalization3", call_part(l, "conv3", x));
  return {{c.integer("stride", Range{1}) == 1 && l.dim(in, -1) == l.dim(x, -1) ? l.add(in, x) : x, {}}};
}

std::vector<ChildName> last_block_parts(const Config& c) {
  return {mobile_convolution(c, "conv", c.integer("filter", Range{1, 1 << 20}), 1, 1, 1), mobile_norm(c, "batch_normalization")};
}

std::vector<Traced> lower_last_block(Lowering& l) {
  return {{l.activated(call_part(l, "batch_normalization", call_part(l, "conv", as_computed(l, l.input().value)))), {}}};
}

// One entry for each block of a stack: a list of lists.
Json entry(const Config& c, const char* key, int64_t stack, int64_t block) {
  const Json all = value_of(c, key);
  if (!all.is_array() || all.size() <= stack || !all[stack].is_array() || all[stack].size() <= block)
    c.fail(key, "a list for each stack with a value for each block");
  return all[stack][block];
}

Json mobilenet(const Config& c) {
  const auto channels = [&](const char* key, int64_t otherwise) {
    return adjusted_channels(static_cast<double>(c.integer(key, otherwise, Range{1, 1 << 20})));
  };
  const std::vector<int64_t> blocks = hub_sizes(c, "stackwise_num_blocks");
  const int64_t first = channels("input_num_filters", 16);
  ImageForm f(c);
  const FormTensor image = f.image(c);
  FormTensor x = f.convolved(f.padded(image, "input_pad", 1), "input_conv", first, 3, 2, "valid");
  x = f.add("Activation", "activation", {{"activation", value_of(c, "input_activation", "hard_swish")}},
            f.normalised(x, "input_batch_norm"));
  x = f.add("keras_hub>part>DepthwiseConvBlock", "block_0_0",
            {{"infilters", first},
             {"filters", value_of(c, "depthwise_filters")},
             {"stride", value_of(c, "depthwise_stride")},
             {"residual", value_of(c, "depthwise_residual")},
             {"squeeze_excite_ratio", value_of(c, "squeeze_and_excite")}},
            x);
  for (size_t i = 0; i < blocks.size(); ++i) {
    c.check("stackwise_num_blocks", blocks[i], Range{1, 128});
    const auto stack = static_cast<int64_t>(i);
    for (int64_t j = 0; j < blocks[i]; ++j) {
      const Json filters = entry(c, "stackwise_num_filters", stack, j);
      if (!filters.is_int() || filters.as_int() < 1 || filters.as_int() > 1 << 20)
        c.fail("stackwise_num_filters", "lists of integers");
      x = f.add("keras_hub>part>InvertedResidualBlock", "block_" + std::to_string(i + 1) + '_' + std::to_string(j),
                {{"expansion", entry(c, "stackwise_expansion", stack, j)},
                 {"filters", adjusted_channels(static_cast<double>(filters.as_int()))},
                 {"kernel_size", entry(c, "stackwise_kernel_size", stack, j)},
                 {"stride", entry(c, "stackwise_num_strides", stack, j)},
                 {"squeeze_excite_ratio", entry(c, "stackwise_se_ratio", stack, j)},
                 {"activation", entry(c, "stackwise_activation", stack, j)},
                 {"padding", entry(c, "stackwise_padding", stack, j)}},
                x);
    }
  }
  return f.config(image, f.add("keras_hub>part>ConvBnActBlock", "block_" + std::to_string(blocks.size() + 1) + "_0",
                               {{"filter", channels("last_layer_filter", 16)}, {"activation", "hard_swish"}}, x));
}

}  // namespace

std::vector<LayerDef> hub_mobilenet_layers() {
  return {hub_part_layer("SqueezeAndExcite2D", {"filters", "bottleneck_filters"}, excitation_parts, lower_excitation),
          hub_part_layer("DepthwiseConvBlock", {"infilters", "filters", "stride", "residual", "squeeze_excite_ratio"},
                         depthwise_parts, lower_mobile_depthwise),
          hub_part_layer("InvertedResidualBlock",
                         {"expansion", "filters", "kernel_size", "stride", "squeeze_excite_ratio", "activation", "padding"},
                         inverted_parts, lower_inverted),
          hub_part_layer("ConvBnActBlock", {"filter", "activation"}, last_block_parts, lower_last_block),
          hub_model({"MobileNetBackbone"},
                    {"stackwise_expansion", "stackwise_num_blocks", "stackwise_num_filters", "stackwise_kernel_size",
                     "stackwise_num_strides", "stackwise_se_ratio", "stackwise_activation", "stackwise_padding", "image_shape",
                     "input_num_filters", "output_num_filters", "depthwise_filters", "depthwise_stride", "depthwise_residual",
                     "last_layer_filter", "squeeze_and_excite", "input_activation", "output_activation"},
                    mobilenet)};
}

}  // namespace keraunos::loader
