// ResNet of KerasHub: versions 1, 2 (pre-activation) and vd.
#include <algorithm>
#include <limits>

#include "loader/layers/extensions/keras_hub/hub_images.h"

namespace keraunos::loader {

std::vector<LayerDef> hub_resnet_layers();

namespace {

using files::Json;
using FormTensor = FunctionalForm::Tensor;

struct ResNetStyle {
  bool bottleneck, vd, before;
};

struct ResNetBlock {
  std::string name;
  int64_t filters, stride;
  bool projects;  ///< the shortcut has a convolution
};

FormTensor resnet_shortcut(ImageForm& f, const ResNetStyle& style, const ResNetBlock& b, FormTensor x, const FormTensor& given) {
  if (!b.projects) return given;
  int64_t stride = b.stride;
  if (style.vd) {
    if (!style.before && stride > 1)
      x = f.add("AveragePooling2D", b.name + "_0_pool",
                {{"pool_size", json_list({2, 2})}, {"strides", json_list({stride, stride})}, {"padding", "same"}}, x);
    stride = 1;
  }
  x = f.convolved(x, b.name + "_0_conv", b.filters * (style.bottleneck ? 4 : 1), 1, stride, "valid");
  return style.before ? x : f.normalised(x, b.name + "_0_bn");
}

// A 3 × 3 window; with stride 1 it has "same" padding.
FormTensor wide(ImageForm& f, const ResNetBlock& b, FormTensor x, const char* number, int64_t stride) {
  const std::string name = b.name + '_' + number;
  if (stride > 1) x = f.padded(x, name + "_pad", 1);
  return f.convolved(x, name + "_conv", b.filters, 3, stride, stride > 1 ? "valid" : "same");
}

FormTensor normal_relu(ImageForm& f, const FormTensor& x, const std::string& name) {
  return f.activated(f.normalised(x, name + "_bn"), name + "_relu");
}

FormTensor resnet_block(ImageForm& f, const ResNetStyle& style, const ResNetBlock& b, const FormTensor& given) {
  const FormTensor x = style.before ? normal_relu(f, given, b.name + "_pre_activation") : given;
  const FormTensor beside = resnet_shortcut(f, style, b, x, given);
  FormTensor y;
  if (style.bottleneck) {
    y = normal_relu(f, f.convolved(x, b.name + "_1_conv", b.filters, 1, 1, "valid"), b.name + "_1");
    y = normal_relu(f, wide(f, b, y, "2", b.stride), b.name + "_2");
    y = f.convolved(y, b.name + "_3_conv", 4 * b.filters, 1, 1, "valid");
  } else {
    y = normal_relu(f, wide(f, b, x, "1", b.stride), b.name + "_1");
    y = wide(f, b, y, "2", 1);
  }
  if (style.before) return f.added(beside, y, b.name + "_out");
  y = f.normalised(y, b.name + (style.bottleneck ? "_3_bn" : "_2_bn"));
  return f.activated(f.added(beside, y, b.name + "_add"), b.name + "_out");
}

FormTensor resnet_stem(ImageForm& f, const Config& c, FormTensor x, bool before) {
  const std::vector<int64_t> filters = hub_sizes(c, "input_conv_filters"), kernels = hub_sizes(c, "input_conv_kernel_sizes");
  if (filters.size() != kernels.size()) c.fail("input_conv_kernel_sizes", "as many numbers as input_conv_filters");
  x = f.padded(x, "conv1_pad", (kernels[0] - 1) / 2);
  x = f.convolved(x, "conv1_conv", filters[0], kernels[0], 2, "valid");
  for (size_t i = 1; i < filters.size(); ++i) {
    x = normal_relu(f, x, "conv" + std::to_string(i));
    x = f.convolved(x, "conv" + std::to_string(i + 1) + "_conv", filters[i], kernels[i], 1, "same");
  }
  if (!before) x = normal_relu(f, x, "conv" + std::to_string(filters.size()));
  return x;
}

FormTensor stem_pooled(ImageForm& f, FormTensor x, bool before) {
  if (before) {
    const Json none = json_list({0, 0}), one = json_list({1, 1});
    x = f.operation("Pad", "pad", {x}, {{"constant_values", -std::numeric_limits<double>::infinity()}},
                    {{"pad_width", json_list({none, one, one, none})}, {"mode", "constant"}});
  } else {
    x = f.padded(x, "pool1_pad", 1);
  }
  return f.add("MaxPooling2D", "pool1_pool", {{"pool_size", json_list({3, 3})}, {"strides", json_list({2, 2})}}, x);
}

Json resnet(const Config& c) {
  const std::string type = c.text("block_type", "", {"basic_block", "bottleneck_block", "basic_block_vd", "bottleneck_block_vd"});
  const bool before = c.flag("use_pre_activation", false);
  const ResNetStyle style{.bottleneck = type.starts_with("bottleneck"), .vd = type.ends_with("_vd"), .before = before};
  const std::vector<int64_t> filters = hub_sizes(c, "stackwise_num_filters"), blocks = hub_sizes(c, "stackwise_num_blocks");
  const std::vector<int64_t> strides = hub_sizes(c, "stackwise_num_strides");
  if (blocks.size() != filters.size()) c.fail("stackwise_num_blocks", "as many numbers as stackwise_num_filters");
  if (strides.size() != filters.size()) c.fail("stackwise_num_strides", "as many numbers as stackwise_num_filters");
  ImageForm f(c);
  const FormTensor image = f.image(c);
  FormTensor x = stem_pooled(f, resnet_stem(f, c, image, before), before);
  for (size_t stack = 0; stack < filters.size(); ++stack) {
    c.check("stackwise_num_blocks", blocks[stack], Range{1, 128});
    c.check("stackwise_num_filters", filters[stack], Range{1, 1 << 24});
    for (int64_t i = 0; i < blocks[stack]; ++i) {
      const bool first = i == 0;
      x = resnet_block(f, style,
                       {.name = "stack" + std::to_string(stack) + "_block" + std::to_string(i),
                        .filters = filters[stack],
                        .stride = first ? strides[stack] : 1,
                        .projects = first && (type != "basic_block" || stack > 0)},
                       x);
    }
  }
  return f.config(image, before ? normal_relu(f, x, "post") : x);
}

}  // namespace

std::vector<LayerDef> hub_resnet_layers() {
  return {hub_model({"ResNetBackbone"},
                    {"input_conv_filters", "input_conv_kernel_sizes", "stackwise_num_filters", "stackwise_num_blocks",
                     "stackwise_num_strides", "block_type", "use_pre_activation", "image_shape"},
                    resnet)};
}

}  // namespace keraunos::loader
