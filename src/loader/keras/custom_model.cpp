// A file whose model is a class of its own (a subclass of keras.Model) runs when the user registers what that class computes: it is then one
// layer, and the model around it is made up here.
#include "loader/keras/reader.h"
#include "loader/keras/shapes.h"

namespace keraunos::loader {

SharedLayer wrapped_custom(const SharedLayer& custom, const SharedJson& object) {
  auto network = std::make_shared<Network>();
  network->class_name = "Functional";
  network->wraps_custom = true;
  network->layers = {custom};
  const files::Json* build = object->find("build_config");
  const files::Json* shape = build != nullptr && build->is_object() ? build->find("input_shape") : nullptr;
  network->inputs.push_back({.call = 0, .name = "input_layer", .dtype = DType::float32, .shape = parse_shape(shape)});
  network->sources = {{0, 0, nullptr}, {1, 0, nullptr}};
  network->calls.push_back({.layer = -1, .occurrence = 0, .arguments = {}, .keywords = {}});
  network->calls.push_back({.layer = 0, .occurrence = 0, .arguments = {{Traced{Value{0}, {}}}}, .keywords = {}});
  network->outputs = {1};
  network->output_names = {custom->name};

  auto model = std::make_shared<LayerInstance>();
  model->name = model->path = custom->name;
  model->class_name = "Functional";
  model->config = custom->config;
  model->is_root = true;
  model->children = {custom};
  model->network = network;
  custom->is_root = false;
  return model;
}

}  // namespace keraunos::loader
