// SegFormer of KerasHub: the levels of a MiT, projected, resized to the first one and fused; and its segmenter.
#include "loader/layers/extensions/keras_hub/hub_mit.h"

namespace keraunos::loader {

std::vector<LayerDef> hub_segformer_layers();

namespace {

using files::Json;
using FormTensor = FunctionalForm::Tensor;

Config encoder_of(const Config& c) {
  const Config encoder = c.object("image_encoder");
  const std::string name = encoder.text("registered_name", "");
  if (name != "keras_hub>MiTBackbone") c.fail("image_encoder", "a MiTBackbone");
  return encoder.object("config");
}

Members resizing_config(const std::pair<int64_t, int64_t>& size) {
  return {{"height", size.first}, {"width", size.second}, {"interpolation", "bilinear"}};
}

Json segformer(const Config& c) {
  const Config encoder = encoder_of(c);
  ImageForm f(c);
  const FormTensor image = f.image(encoder);
  Json extractor = mit_form(encoder, true);
  extractor.set("name", "feature_extractor");
  const FormTensor levels =
      f.add(Json::object({{"class_name", "Functional"}, {"module", "keras"}, {"config", std::move(extractor)}}), image);
  const std::vector<int64_t> widths = hub_sizes(encoder, "hidden_dims");
  const int64_t count = encoder.integer("num_layers", Range{1, 9});
  if (static_cast<int64_t>(widths.size()) < count) encoder.fail("hidden_dims", "as many numbers as num_layers");
  Json all = Json::array();
  std::vector<FormTensor> sized;
  for (int64_t i = 0; i < count; ++i) {
    // Two levels of equal width get the same name in KerasHub, which Keras refuses.
    const FormTensor x = f.add("Dense", "linear_" + std::to_string(widths[static_cast<size_t>(i)]),
                               {{"units", value_of(c, "projection_filters")}}, FunctionalForm::result(levels, i));
    sized.push_back(i == 0 ? f.add("Resizing", "resizing", resizing_config(mit_extents(encoder, 0)), x) : f.call("resizing", x));
  }
  for (auto x = sized.rbegin(); x != sized.rend(); ++x) all.push_back(*x);
  const FormTensor joined = f.add("Concatenate", "concatenate", {{"axis", -1}}, all);
  const Json fuse = json_list(
      {layer_object(
           c, "Conv2D",
           {{"name", "conv2d"}, {"filters", value_of(c, "projection_filters")}, {"kernel_size", 1}, {"use_bias", false}}),
       layer_object(c, "BatchNormalization", {{"name", "batch_normalization"}, {"epsilon", 1e-5}}),
       layer_object(c, "Activation", {{"name", "activation"}, {"activation", "relu"}})});
  return f.config(image, f.add(hub_sequential("sequential", fuse), joined));
}

Json segmenter(const Config& task) {
  const Config encoder = encoder_of(task.object("backbone").object("config"));
  const Json* shape = encoder.find("image_shape");
  if (shape == nullptr || !shape->is_array() || shape->size() != 3 || !shape->at(0).is_int() || !shape->at(1).is_int())
    encoder.fail("image_shape", "height, width and channels, all of them known");
  FunctionalForm f(task);
  Json inputs;
  FormTensor x = f.inner(value_of(task, "backbone"), inputs);
  x = f.add("Dropout", "dropout", {{"rate", 0.1}}, x);
  x = f.add("Conv2D", "conv2d", {{"filters", value_of(task, "num_classes")}, {"kernel_size", 1}, {"strides", 1}}, x);
  return f.config(inputs, f.add("Resizing", "resizing", resizing_config({shape->at(0).as_int(), shape->at(1).as_int()}), x));
}

}  // namespace

std::vector<LayerDef> hub_segformer_layers() {
  return {hub_model({"SegFormerBackbone"}, {"image_encoder", "projection_filters"}, segformer),
          hub_model({"SegFormerImageSegmenter"}, {"backbone", "preprocessor", "num_classes"}, segmenter)};
}

}  // namespace keraunos::loader
