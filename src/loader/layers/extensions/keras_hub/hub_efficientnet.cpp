// EfficientNet of KerasHub, if its blocks are of the first version ("v1": B0 to B7).
#include <algorithm>
#include <cmath>

#include "loader/layers/extensions/keras_hub/hub_images.h"

namespace keraunos::loader {

std::vector<LayerDef> hub_efficientnet_layers();

namespace {

using files::Json;
using FormTensor = FunctionalForm::Tensor;

struct MobileBlock {
  std::string name;
  int64_t in, out, kernel, stride, expansion;
  double squeezed, dropout;
};

// Parameters of the whole model.
struct EfficientStyle {
  const Config& config;
  Json activation, projection;
  double epsilon;
  int64_t divisor, least;
  bool capped;

  int64_t rounded(int64_t filters, double factor) const {
    const double wanted = static_cast<double>(filters) * factor;
    const auto whole = static_cast<int64_t>(wanted + static_cast<double>(divisor) / 2) / divisor * divisor;
    const int64_t result = std::max(least, whole);
    return capped && static_cast<double>(result) < 0.9 * wanted ? result + divisor : result;
  }
};

FormTensor function_applied(ImageForm& f, const FormTensor& x, const std::string& name, const Json& function) {
  return f.add("Activation", name, {{"activation", function}}, x);
}

FormTensor excited(ImageForm& f, const EfficientStyle& style, const MobileBlock& b, const FormTensor& x) {
  const int64_t filters = b.in * b.expansion,
                inner = std::max<int64_t>(1, static_cast<int64_t>(static_cast<double>(b.in) * b.squeezed));
  const auto dense = [&](const FormTensor& in, const char* name, int64_t count, const Json& activation) {
    return f.add("Conv2D", b.name + name,
                 {{"filters", count}, {"kernel_size", json_list({1, 1})}, {"padding", "same"}, {"activation", activation}}, in);
  };
  FormTensor y = f.add("GlobalAveragePooling2D", b.name + "se_squeeze", {}, x);
  y = f.add("Reshape", b.name + "se_reshape", {{"target_shape", json_list({1, 1, filters})}}, y);
  y = dense(dense(y, "se_reduce", inner, style.activation), "se_expand", filters, "sigmoid");
  return f.add("Multiply", b.name + "se_excite", {}, json_list({x, y}));
}

FormTensor mobile_block(ImageForm& f, const EfficientStyle& style, const MobileBlock& b, const FormTensor& in) {
  FormTensor x = in;
  if (b.expansion != 1) {
    x = f.convolved(x, b.name + "expand_conv", b.in * b.expansion, 1, 1, "same");
    x = f.normalised(x, b.name + "expand_bn", style.epsilon);
    x = function_applied(f, x, b.name + "expand_activation", style.activation);
  }
  x = f.padded(x, b.name + "dwconv_pad", b.kernel / 2);
  x = f.add("DepthwiseConv2D", b.name + "dwconv",
            {{"kernel_size", json_list({b.kernel, b.kernel})},
             {"strides", json_list({b.stride, b.stride})},
             {"padding", "valid"},
             {"use_bias", false}},
            x);
  x = f.normalised(x, b.name + "dwconv_bn", style.epsilon);
  x = function_applied(f, x, b.name + "dwconv_activation", style.activation);
  if (b.squeezed > 0 && b.squeezed <= 1) x = excited(f, style, b, x);
  x = f.normalised(f.convolved(x, b.name + "project", b.out, 1, 1, "same"), b.name + "project_bn", style.epsilon);
  if (!style.projection.is_null()) x = function_applied(f, x, b.name + "projection_activation", style.projection);
  if (b.stride != 1 || b.in != b.out) return x;
  if (b.dropout > 0) x = f.add("Dropout", b.name + "drop", {{"rate", b.dropout}}, x);
  return f.added(x, in, b.name + "add");
}

// One number for each stack.
struct Stacks {
  const Config& config;
  size_t count;

  std::vector<int64_t> integers(const char* key, int64_t least = 1) const {
    std::vector<int64_t> values = config.integers(key, 0, Range{least, 1 << 24});
    if (values.size() != count) config.fail(key, std::to_string(count) + " numbers");
    return values;
  }
  std::vector<double> numbers(const char* key) const {
    const Json list = value_of(config, key);
    if (!list.is_array() || list.size() != static_cast<int64_t>(count)) config.fail(key, std::to_string(count) + " numbers");
    std::vector<double> values;
    for (const Json& item : list.items()) {
      if (!item.is_number() || !(item.as_double() >= 0 && item.as_double() <= 1e6)) config.fail(key, "numbers from 0 to 1e6");
      values.push_back(item.as_double());
    }
    return values;
  }
};

void check_stacks(const Config& c, size_t count) {
  for (const char* key : {"stackwise_block_types", "stackwise_nores_option"}) {
    const Json list = value_of(c, key, Json::array());
    const Json wanted = std::string_view(key) == "stackwise_block_types" ? Json("v1") : Json(false);
    for (const Json& item : list.items()) {
      if (item != wanted) c.fail(key, "a list of " + wanted.dump() + "; other blocks are not supported");
    }
  }
  if (value_of(c, "stackwise_block_types").size() != static_cast<int64_t>(count))
    c.fail("stackwise_block_types", "as many as stackwise_kernel_sizes");
  static_cast<void>(c.text("data_format", "channels_last", {"channels_last"}));
}

Json efficientnet(const Config& c) {
  const std::vector<int64_t> kernels = hub_sizes(c, "stackwise_kernel_sizes");
  check_stacks(c, kernels.size());
  const Stacks stacks{c, kernels.size()};
  const auto repeats = stacks.integers("stackwise_num_repeats"), in = stacks.integers("stackwise_input_filters"),
             out = stacks.integers("stackwise_output_filters"), expansions = stacks.integers("stackwise_expansion_ratios"),
             strides = stacks.integers("stackwise_strides"), forced = stacks.integers("stackwise_force_input_filters", 0);
  const auto ratios = stacks.numbers("stackwise_squeeze_and_excite_ratios"),
             widths = stacks.numbers("stackwise_width_coefficients"), depths = stacks.numbers("stackwise_depth_coefficients");
  const int64_t divisor = c.integer("depth_divisor", 8, Range{1, 4096});
  const EfficientStyle style{
      .config = c,
      .activation = value_of(c, "activation", "swish"),
      .projection = value_of(c, "projection_activation"),
      .epsilon = c.number("batch_norm_epsilon", 1e-5, RealRange{}),
      .divisor = divisor,
      .least = c.flag("use_depth_divisor_as_min_depth", false) ? divisor : c.integer("min_depth", 8, Range{0, 1 << 24}),
      .capped = c.flag("cap_round_filter_decrease", false)};
  ImageForm f(c);
  const FormTensor image = f.image(c, "input_layer", "input_shape");
  FormTensor x = c.flag("include_stem_padding", true) ? f.padded(image, "stem_conv_pad", 1) : image;
  const std::string padding = c.text("stem_conv_padding", "valid", {"valid", "same"});
  x = f.convolved(x, "stem_conv", style.rounded(in[0], widths[0]), 3, 2, padding.c_str());
  x = function_applied(f, f.normalised(x, "stem_bn", style.epsilon), "stem_activation", style.activation);
  double id = 0, blocks = 0;
  for (const int64_t count : repeats) blocks += static_cast<double>(count);
  for (size_t i = 0; i < kernels.size(); ++i) {
    const auto count = static_cast<int64_t>(std::ceil(depths[i] * static_cast<double>(repeats[i])));
    if (count > 26) c.fail("stackwise_num_repeats", "26 blocks at most, which are called a to z");
    const int64_t last = style.rounded(out[i], widths[i]);
    for (int64_t j = 0; j < count; ++j, id += 1) {
      const int64_t before = forced[i] > 0 ? style.rounded(forced[i], widths[i]) : j > 0 ? last : style.rounded(in[i], widths[i]);
      x = mobile_block(f, style,
                       {.name = "block" + std::to_string(i + 1) + static_cast<char>('a' + j) + '_',
                        .in = before,
                        .out = last,
                        .kernel = kernels[i],
                        .stride = j > 0 ? 1 : strides[i],
                        .expansion = expansions[i],
                        .squeezed = ratios[i],
                        .dropout = c.number("dropout", 0.2, RealRange{0, 1}) * id / blocks},
                       x);
    }
  }
  x = f.convolved(x, "top_conv", style.rounded(c.integer("num_features", 1280, Range{1, 1 << 24}), widths.back()), 1, 1, "same");
  return f.config(image, function_applied(f, f.normalised(x, "top_bn", style.epsilon), "top_activation", style.activation));
}

}  // namespace

std::vector<LayerDef> hub_efficientnet_layers() {
  return {hub_model({"EfficientNetBackbone"},
                    {"stackwise_width_coefficients",
                     "stackwise_depth_coefficients",
                     "stackwise_kernel_sizes",
                     "stackwise_num_repeats",
                     "stackwise_input_filters",
                     "stackwise_output_filters",
                     "stackwise_expansion_ratios",
                     "stackwise_squeeze_and_excite_ratios",
                     "stackwise_strides",
                     "stackwise_block_types",
                     "stackwise_force_input_filters",
                     "stackwise_nores_option",
                     "dropout",
                     "depth_divisor",
                     "min_depth",
                     "input_shape",
                     "data_format",
                     "activation",
                     "include_stem_padding",
                     "use_depth_divisor_as_min_depth",
                     "cap_round_filter_decrease",
                     "stem_conv_padding",
                     "batch_norm_momentum",
                     "batch_norm_epsilon",
                     "projection_activation",
                     "num_features"},
                    efficientnet)};
}

}  // namespace keraunos::loader
