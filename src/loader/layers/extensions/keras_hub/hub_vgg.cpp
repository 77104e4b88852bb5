// VGG of KerasHub.
#include "loader/layers/extensions/keras_hub/hub_images.h"

namespace keraunos::loader {

std::vector<LayerDef> hub_vgg_layers();

namespace {

using files::Json;

Json vgg(const Config& c) {
  const std::vector<int64_t> repeats = hub_sizes(c, "stackwise_num_repeats"), filters = hub_sizes(c, "stackwise_num_filters");
  if (filters.size() < repeats.size()) c.fail("stackwise_num_filters", "as many numbers as stackwise_num_repeats");
  ImageForm f(c);
  const FunctionalForm::Tensor image = f.image(c);
  FunctionalForm::Tensor x = image;
  for (size_t stack = 0; stack < repeats.size(); ++stack) {
    const std::string name = "block" + std::to_string(stack + 1);
    c.check("stackwise_num_repeats", repeats[stack], Range{1, 128});
    for (int64_t i = 1; i <= repeats[stack]; ++i)
      x = f.add("Conv2D", name + "_conv" + std::to_string(i),
                {{"filters", filters[stack]}, {"kernel_size", json_list({3, 3})}, {"padding", "same"}, {"activation", "relu"}},
                x);
    x = f.add("MaxPooling2D", name + "_pool", {{"pool_size", json_list({2, 2})}, {"strides", json_list({2, 2})}}, x);
  }
  return f.config(image, x);
}

}  // namespace

std::vector<LayerDef> hub_vgg_layers() {
  return {hub_model({"VGGBackbone"}, {"stackwise_num_repeats", "stackwise_num_filters", "image_shape"}, vgg)};
}

}  // namespace keraunos::loader
