// A file whose model is a custom subclass of keras.Model runs when the user registers the class: it is then one layer, and a
// model around it is constructed here.
#include "loader/keras/format_names.h"
#include "loader/keras/reader.h"
#include "loader/keras/shapes.h"

namespace keraunos::loader {
namespace {

// The inputs of the graph in the file, or one tensor of the shape with which the model was built.
std::vector<NetworkInput> inputs_of(const LayerInstance& custom, const SharedJson& object) {
  const Network* graph = graph_of(custom);
  if (graph != nullptr) return graph->inputs;
  const files::Json* build = object->find("build_config");
  const files::Json* shape = build != nullptr && build->is_object() ? build->find("input_shape") : nullptr;
  return {{.call = 0, .name = "input_layer", .dtype = DType::float32, .shape = parse_shape(shape)}};
}

Arg tensor_of(int source) { return {Traced{Value{source}, {}}}; }

// The argument of a call of a Keras model: one tensor, a list, or a dict.
Arg argument_of(const Network& network) {
  if (network.inputs.size() == 1 && network.input_keys.empty()) return tensor_of(0);
  Arg::List list;
  Arg::Members members;
  for (size_t i = 0; i < network.inputs.size(); ++i) {
    list.push_back(tensor_of(static_cast<int>(i)));
    if (!network.input_keys.empty()) members.emplace_back(network.input_keys[i], tensor_of(static_cast<int>(i)));
  }
  return network.input_keys.empty() ? Arg{std::move(list)} : Arg{std::move(members)};
}

}  // namespace

const Network* graph_of(const LayerInstance& custom) {
  for (const SharedLayer& child : custom.children) {
    if (child->attribute == kGraphChild && child->network != nullptr) return child->network.get();
  }
  return nullptr;
}

SharedLayer wrapped_custom(const SharedLayer& custom, const SharedJson& object) {
  auto network = std::make_shared<Network>();
  network->class_name = kFunctional;
  network->wraps_custom = true;
  network->layers = {custom};
  network->inputs = inputs_of(*custom, object);
  if (const Network* graph = graph_of(*custom)) network->input_keys = graph->input_keys;
  const int count = static_cast<int>(network->inputs.size());
  for (int i = 0; i < count; ++i) {
    network->inputs[static_cast<size_t>(i)].call = i;
    network->calls.push_back({.layer = -1, .occurrence = 0, .arguments = {}, .keywords = {}});
  }
  for (int i = 0; i <= count; ++i) network->sources.push_back({i, 0, nullptr});
  network->calls.push_back({.layer = 0, .occurrence = 0, .arguments = {argument_of(*network)}, .keywords = {}});
  network->outputs = {count};
  network->output_names = {custom->name};

  auto model = std::make_shared<LayerInstance>();
  model->name = model->path = custom->name;
  model->class_name = kFunctional;
  model->config = custom->config;
  model->is_root = true;
  model->children = {custom};
  model->network = network;
  custom->is_root = false;
  return model;
}

}  // namespace keraunos::loader
