// VGG of KerasHub, and its classifier.
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

// The head is a separate model: two hidden layers, which are convolutions unless the features are flattened first.
Json vgg_classifier(const Config& task) {
  const std::string pooling = task.text("pooling", "avg", {"avg", "max", "flatten"});
  const Json width = value_of(task, "pooling_hidden_dim", 4096);
  const auto part = [&](const char* class_name, const char* name, Members config) {
    config.insert(config.begin(), {"name", name});
    return layer_object(task, class_name, std::move(config));
  };
  const auto hidden = [&](const char* name, int64_t size, const char* padding) {
    if (pooling == "flatten") return part("Dense", name, {{"units", width}, {"activation", "relu"}});
    return part("Conv2D", name,
                {{"filters", width}, {"kernel_size", json_list({size, size})}, {"padding", padding}, {"activation", "relu"}});
  };
  const Json pooler = pooling == "flatten"
                          ? part("Flatten", "flatten", {})
                          : part(pooling == "avg" ? "GlobalAveragePooling2D" : "GlobalMaxPooling2D", "pooler", {});
  const Json dropout = part("Dropout", "output_dropout", {{"rate", value_of(task, "dropout", 0)}});
  const Json classes =
      part("Dense", "predictions", {{"units", value_of(task, "num_classes")}, {"activation", value_of(task, "activation")}});
  const Json first = hidden("fc1", 7, "valid"), second = hidden("fc2", 1, "same");
  const Json layers = pooling == "flatten" ? json_list({pooler, first, dropout, second, classes})
                                           : json_list({first, dropout, second, pooler, classes});
  FunctionalForm f(task);
  Json inputs;
  const FunctionalForm::Tensor x = f.inner(value_of(task, "backbone"), inputs);
  return f.config(inputs, f.add(hub_sequential("head", layers), x));
}

}  // namespace

std::vector<LayerDef> hub_vgg_layers() {
  return {hub_model({"VGGBackbone"}, {"stackwise_num_repeats", "stackwise_num_filters", "image_shape"}, vgg),
          hub_model({"VGGImageClassifier"},
                    {"backbone", "preprocessor", "num_classes", "activation", "dropout", "pooling", "pooling_hidden_dim"},
                    vgg_classifier)};
}

}  // namespace keraunos::loader
