// The model around a function: its inputs, one layer, its results.
#include <array>

#include "host/graph/graph.h"
#include "loader/keras/format_names.h"
#include "loader/tf/function_model.h"

namespace keraunos::loader {
namespace {

constexpr const char* kObject = "function";

// Arithmetic on shapes loses which extents are unknown; the signature states them.
void mark_open(Lowering& l, Value& value, const SignaturePort& port) {
  Shape shape = l.shape(value);
  if (!port.shape || port.shape->size() != shape.size()) return;
  for (size_t axis = 0; axis < shape.size(); ++axis) shape[axis].varies = shape[axis].varies || !(*port.shape)[axis];
  value = host::graph_of(l).add(host::Reshape{}, {value}, {host::ValueInfo{.shape = shape, .dtype = l.dtype(value)}})[0];
}

std::vector<Traced> lower_function_layer(Lowering& l) {
  // function_layer_graph() has made and stored it.
  const auto model = l.once(kObject, [] { return FunctionModel{}; });
  std::vector<Traced> results = lower_function(l, *model, l.inputs());
  for (size_t i = 0; i < results.size(); ++i) mark_open(l, results[i].value, model->signature.outputs[i]);
  return results;
}

const LayerDef& function_definition() {
  static const LayerDef kDefinition{
      .classes = {"TensorFlowFunction"}, .keys = {"signature"}, .lower = lower_function_layer, .autocast = false};
  return kDefinition;
}

SharedLayer function_layer(const std::shared_ptr<const FunctionModel>& model) {
  auto layer = std::make_shared<LayerInstance>();
  layer->name = layer->path = model->signature.name;
  layer->class_name = function_definition().classes[0];
  layer->config = std::make_shared<const files::Json>(files::Json::object({{"signature", model->signature.name}}));
  layer->def =
      // Without ownership, as for all built-in definitions.
      std::shared_ptr<const LayerDef>(std::shared_ptr<const LayerDef>(), &function_definition());
  layer->weights = model->weights;
  layer->weight_is_optional.assign(layer->weights.size(), false);
  layer->kept->objects.emplace(kObject, model);
  return layer;
}

}  // namespace

std::shared_ptr<LayerGraph> function_layer_graph(const std::shared_ptr<const FunctionModel>& model, const std::string& file) {
  auto network = std::make_shared<Network>();
  network->class_name = kFunctional;
  network->layers = {function_layer(model)};
  const int inputs = static_cast<int>(model->signature.inputs.size()),
            outputs = static_cast<int>(model->signature.outputs.size());
  Arg::List arguments;
  for (int i = 0; i < inputs; ++i) {
    const SignaturePort& port = model->signature.inputs[static_cast<size_t>(i)];
    network->inputs.push_back({.call = i, .name = port.key, .dtype = port.dtype, .shape = port.shape});
    network->calls.push_back({.layer = -1, .occurrence = 0, .arguments = {}, .keywords = {}});
    network->sources.push_back({i, 0, nullptr});
    arguments.push_back({Traced{Value{i}, {}}});
  }
  network->calls.push_back({.layer = 0, .occurrence = 0, .arguments = {Arg{std::move(arguments)}}, .keywords = {}});
  for (int i = 0; i < outputs; ++i) {
    network->outputs.push_back(static_cast<int>(network->sources.size()));
    network->sources.push_back({inputs, i, nullptr});
    network->output_names.push_back(model->signature.outputs[static_cast<size_t>(i)].key);
  }
  auto graph = std::make_shared<LayerGraph>();
  graph->file = graph->weights_file = file;
  graph->dialect = {.major = 2, .minor = 15, .backend = "tensorflow"};
  graph->root = std::make_shared<LayerInstance>();
  graph->root->name = graph->root->path = "function";
  graph->root->class_name = kFunctional;
  graph->root->config = network->layers[0]->config;
  graph->root->is_root = true;
  graph->root->children = network->layers;
  graph->root->network = network;
  return graph;
}

}  // namespace keraunos::loader
