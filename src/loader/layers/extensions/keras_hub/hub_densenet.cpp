// DenseNet of KerasHub.
#include "loader/layers/extensions/keras_hub/hub_images.h"

namespace keraunos::loader {

std::vector<LayerDef> hub_densenet_layers();

namespace {

using files::Json;
using FormTensor = FunctionalForm::Tensor;

constexpr double kEpsilonOfDenseNet = 1.001e-5;

FormTensor normal_relu_of_dense(ImageForm& f, const FormTensor& x, const std::string& norm, const std::string& relu) {
  return f.activated(f.normalised(x, norm, kEpsilonOfDenseNet), relu);
}

FormTensor dense_block(ImageForm& f, FormTensor x, int64_t repeats, int64_t growth, const std::string& stack) {
  for (int64_t i = 1; i <= repeats; ++i) {
    const std::string name = stack + "_block" + std::to_string(i);
    FormTensor y = normal_relu_of_dense(f, x, name + "_1_bn", name + "_1_relu");
    y = f.convolved(y, name + "_1_conv", 4 * growth, 1, 1, "valid");
    y = normal_relu_of_dense(f, y, name + "_2_bn", name + "_2_relu");
    y = f.convolved(y, name + "_2_conv", growth, 3, 1, "same");
    x = f.add("Concatenate", name + "_concat", {{"axis", -1}}, json_list({x, y}));
  }
  return x;
}

Json densenet(const Config& c) {
  const std::vector<int64_t> repeats = hub_sizes(c, "stackwise_num_repeats");
  const double ratio = c.number("compression_ratio", 0.5, RealRange{1e-6, 1});
  const int64_t growth = c.integer("growth_rate", 32, Range{1, 1 << 20});
  ImageForm f(c);
  const FormTensor image = f.image(c);
  FormTensor x = f.convolved(image, "conv1_conv", 64, 7, 2, "same");
  x = normal_relu_of_dense(f, x, "conv1_bn", "conv1_relu");
  x = f.add("MaxPooling2D", "pool1", {{"pool_size", json_list({3, 3})}, {"strides", json_list({2, 2})}, {"padding", "same"}}, x);
  int64_t channels = 64;
  for (size_t stack = 0; stack < repeats.size(); ++stack) {
    c.check("stackwise_num_repeats", repeats[stack], Range{1, 128});
    x = dense_block(f, x, repeats[stack], growth, "stack" + std::to_string(stack + 1));
    channels += repeats[stack] * growth;
    if (stack + 1 == repeats.size()) break;
    const std::string name = "transition" + std::to_string(stack + 1);
    channels = static_cast<int64_t>(static_cast<double>(channels) * ratio);
    x = normal_relu_of_dense(f, x, name + "_bn", name + "_relu");
    x = f.convolved(x, name + "_conv", channels, 1, 1, "valid");
    x = f.add("AveragePooling2D", name + "_pool", {{"pool_size", json_list({2, 2})}, {"strides", json_list({2, 2})}}, x);
  }
  return f.config(image, normal_relu_of_dense(f, x, "bn", "relu"));
}

}  // namespace

std::vector<LayerDef> hub_densenet_layers() {
  return {
      hub_model({"DenseNetBackbone"}, {"stackwise_num_repeats", "compression_ratio", "growth_rate", "image_shape"}, densenet)};
}

}  // namespace keraunos::loader
