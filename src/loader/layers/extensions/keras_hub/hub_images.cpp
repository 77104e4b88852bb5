#include "loader/layers/extensions/keras_hub/hub_images.h"

namespace keraunos::loader {

using files::Json;

ImageForm::Tensor ImageForm::image(const Config& config, const std::string& name, std::string_view key) {
  const Json* shape = config.find(key);
  if (shape == nullptr) return input(name, {-1, -1, 3}, "float32");
  if (!shape->is_array() || shape->size() != 3) config.fail(key, "height, width and channels");
  std::vector<int64_t> extents;
  for (const Json& extent : shape->items()) {
    if (!extent.is_null() && (!extent.is_int() || extent.as_int() < 1 || extent.as_int() > Range::kMostExtent))
      config.fail(key, "height, width and channels");
    extents.push_back(extent.is_null() ? -1 : extent.as_int());
  }
  return input(name, extents, "float32");
}

ImageForm::Tensor ImageForm::convolved(const Tensor& x, const std::string& name, int64_t filters, int64_t kernel, int64_t stride,
                                       const char* padding) {
  return add("Conv2D", name,
             {{"filters", filters},
              {"kernel_size", json_list({kernel, kernel})},
              {"strides", json_list({stride, stride})},
              {"padding", padding},
              {"use_bias", false}},
             x);
}

ImageForm::Tensor ImageForm::normalised(const Tensor& x, const std::string& name, double epsilon) {
  return add("BatchNormalization", name, {{"axis", -1}, {"epsilon", epsilon}}, x);
}

ImageForm::Tensor ImageForm::activated(const Tensor& x, const std::string& name, const char* function) {
  return add("Activation", name, {{"activation", function}}, x);
}

ImageForm::Tensor ImageForm::padded(const Tensor& x, const std::string& name, int64_t width) {
  const Json both = json_list({width, width});
  return add("ZeroPadding2D", name, {{"padding", json_list({both, both})}}, x);
}

ImageForm::Tensor ImageForm::added(const Tensor& a, const Tensor& b, const std::string& name) {
  return add("Add", name, {}, json_list({a, b}));
}

Json hub_sequential(const std::string& name, Json layers) {
  Json config = Json::object({{"name", name}, {"layers", std::move(layers)}});
  return Json::object({{"class_name", "Sequential"}, {"module", "keras"}, {"config", std::move(config)}});
}

std::vector<int64_t> hub_sizes(const Config& config, std::string_view key, int64_t least) {
  std::vector<int64_t> sizes = config.integers(key, 0, Range{least});
  if (sizes.empty() || sizes.size() > 32) config.fail(key, "a list of 1 to 32 numbers");
  return sizes;
}

}  // namespace keraunos::loader
