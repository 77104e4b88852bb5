// Xception of KerasHub.
#include "loader/layers/extensions/keras_hub/hub_images.h"

namespace keraunos::loader {

std::vector<LayerDef> hub_xception_layers();

namespace {

using files::Json;
using FormTensor = FunctionalForm::Tensor;

constexpr double kEpsilonOfXception = 1e-3;

struct XceptionBlock {
  std::string name;
  std::vector<int64_t> filters;
  bool first, second, last;
};

FormTensor separable(ImageForm& f, const FormTensor& x, const std::string& name, int64_t filters) {
  const FormTensor y =
      f.add("SeparableConv2D", name,
            {{"filters", filters}, {"kernel_size", json_list({3, 3})}, {"padding", "same"}, {"use_bias", false}}, x);
  return f.normalised(y, name + "_bn", kEpsilonOfXception);
}

FormTensor convolutions(ImageForm& f, const XceptionBlock& b, FormTensor x) {
  for (size_t i = 0; i < b.filters.size(); ++i) {
    const std::string number = std::to_string(i + 1), plain = b.name + "_conv" + number, name = b.name + "_sepconv" + number;
    if (b.first) {
      x = f.normalised(f.convolved(x, plain, b.filters[i], 3, i == 0 ? 2 : 1, "valid"), plain + "_bn", kEpsilonOfXception);
      x = f.activated(x, plain + "_act");
    } else if (b.last) {
      x = f.activated(separable(f, x, name, b.filters[i]), name + "_act");
    } else {
      if (!b.second || i != 0) x = f.activated(x, name + "_act");
      x = separable(f, x, name, b.filters[i]);
    }
  }
  return x;
}

std::vector<std::vector<int64_t>> filters_of_blocks(const Config& c) {
  const Json* blocks = c.find("stackwise_conv_filters");
  if (blocks == nullptr || !blocks->is_array() || blocks->size() == 0 || blocks->size() > 64)
    c.fail("stackwise_conv_filters", "a list of 1 to 64 lists of numbers");
  std::vector<std::vector<int64_t>> all;
  for (const Json& block : blocks->items()) {
    if (!block.is_array() || block.size() == 0 || block.size() > 64)
      c.fail("stackwise_conv_filters", "a list of 1 to 64 lists of numbers");
    all.emplace_back();
    for (const Json& filters : block.items()) {
      if (!filters.is_int()) c.fail("stackwise_conv_filters", "lists of integers");
      all.back().push_back(filters.as_int());
    }
  }
  return all;
}

Json xception(const Config& c) {
  const std::vector<std::vector<int64_t>> filters = filters_of_blocks(c);
  const Json pools = value_of(c, "stackwise_pooling");
  if (!pools.is_array() || pools.size() != static_cast<int64_t>(filters.size()))
    c.fail("stackwise_pooling", "as many booleans as stackwise_conv_filters has lists");
  ImageForm f(c);
  const FormTensor image = f.image(c);
  FormTensor x = image;
  int64_t channels = 0;
  for (size_t i = 0; i < filters.size(); ++i) {
    const bool first = i == 0, last = i + 1 == filters.size();
    const XceptionBlock b{
        .name = "block" + std::to_string(i + 1), .filters = filters[i], .first = first, .second = i == 1, .last = last && !first};
    FormTensor beside = x;
    x = convolutions(f, b, x);
    if (pools[i] == Json(true))
      x = f.add("MaxPooling2D", b.name + "_pool",
                {{"pool_size", json_list({3, 3})}, {"strides", json_list({2, 2})}, {"padding", "same"}}, x);
    if (!first && !last) {
      const std::string name = b.name + "_residual";
      if (filters[i].back() != channels)
        beside =
            f.normalised(f.convolved(beside, name + "_conv", filters[i].back(), 1, 2, "same"), name + "_bn", kEpsilonOfXception);
      x = f.added(x, beside, name + "_add");
    }
    channels = filters[i].back();
  }
  return f.config(image, x);
}

}  // namespace

std::vector<LayerDef> hub_xception_layers() {
  return {hub_model({"XceptionBackbone"}, {"stackwise_conv_filters", "stackwise_pooling", "image_shape"}, xception)};
}

}  // namespace keraunos::loader
