// Sequential models: a chain. The input of its first layer is stated by an InputLayer, by the first layer's batch_input_shape, by
// the shape the model was built with, or nowhere (a nested model accepts any input).
#include "loader/keras/format_names.h"
#include "loader/keras/reader.h"
#include "loader/keras/shapes.h"
#include "loader/layers/table.h"

namespace keraunos::loader {

using files::Json;

namespace {

const Json& layers_of(const LayerInstance& self, const std::string& file) {
  if (self.config->is_array()) return *self.config;  // Keras ≤ 2.1
  const Json* layers = self.config->is_object() ? self.config->find("layers") : nullptr;
  if (layers == nullptr || !layers->is_array()) throw ModelError(file + ": " + self.described() + ": the config lists no layers");
  return *layers;
}

// Keras refuses equal names too, because layers are looked up by name.
void check_names(const Network& network, const std::string& where) {
  std::map<std::string, const LayerInstance*> seen;
  for (const SharedLayer& layer : network.layers) {
    const auto [entry, first] = seen.emplace(layer->name, layer.get());
    if (first || entry->second == layer.get()) continue;
    throw ModelError(where + ": the name \"" + layer->name + "\" is used by two layers; all names should be unique");
  }
}

std::optional<InputShape> built_shape(const LayerInstance& self, const Json& object) {
  if (self.config->is_object()) {
    if (auto shape = parse_shape(self.config->find("build_input_shape"))) return shape;
  }
  const Json* build = object.find("build_config");
  return build != nullptr && build->is_object() ? parse_shape(build->find("input_shape")) : std::nullopt;
}

// The input dtype of a layer where nothing else states it: the dtype in its definition, text for example.
DType natural_input(const LayerInstance& first) {
  for (const LayerDef* def : {first.def.get(), find_layer(first.class_name)}) {
    if (def != nullptr && def->input_dtype) return *def->input_dtype;
  }
  const Json* stated = first.config->is_object() ? first.config->find("input_dtype") : nullptr;  // Keras 1
  if (stated != nullptr && stated->is_string()) return dtype_named(stated->as_string()).value_or(DType::float32);
  return is_floating(first.policy.variable) ? first.policy.variable : DType::float32;
}

NetworkInput input_of(const LayerInstance& self, const Json& object, const SharedLayer& declared,
                      const std::vector<SharedLayer>& layers, const Dialect& dialect, const std::string& file) {
  NetworkInput input;
  if (declared != nullptr) {
    input.name = declared->name;
    input.dtype = declared->policy.variable;
    input.shape = shape_of_input(*declared, file);
    return input;
  }
  const LayerInstance& first = *layers.front();
  if (first.network != nullptr && !first.network->inputs.empty())
    input = first.network->inputs.front();
  else
    input = {0, {}, natural_input(first), shape_of_input(first, file)};
  if (!input.shape) input.shape = built_shape(self, object);
  if (!input.shape && input.dtype == DType::string) input.shape = InputShape{std::nullopt};
  input.call = 0;
  input.key.clear();
  input.name = dialect.major >= 3 ? "input_layer" : first.name + "_input";
  return input;
}

}  // namespace

std::shared_ptr<Network> read_sequential(Reader& reader, LayerInstance& self, const SharedJson& object) {
  auto network = std::make_shared<Network>();
  network->class_name = kSequential;
  SharedLayer declared;
  for (const Json& item : layers_of(self, reader.file()).items()) {
    SharedLayer layer = reader.layer(part_of(self.config, item), self.is_root ? std::string() : self.path);
    if (layer->is_input && network->layers.empty())
      declared = std::move(layer);
    else if (!layer->is_input)
      network->layers.push_back(std::move(layer));
  }
  check_names(*network, reader.file() + ": " + self.described());
  if (network->layers.empty()) throw ModelError(reader.file() + ": " + self.described() + " has no layers");
  network->inputs.push_back(input_of(self, *object, declared, network->layers, reader.dialect(), reader.file()));
  network->calls.push_back({.layer = -1, .occurrence = 0, .arguments = {}, .keywords = {}});
  std::map<const LayerInstance*, int> calls;
  for (size_t i = 0; i < network->layers.size(); ++i) {
    network->sources.push_back({static_cast<int>(i), 0, nullptr});
    Call call{.layer = static_cast<int>(i), .occurrence = calls[network->layers[i].get()]++, .arguments = {}, .keywords = {}};
    call.arguments.push_back({Traced{Value{static_cast<int>(i)}, {}}});
    network->calls.push_back(std::move(call));
  }
  network->sources.push_back({static_cast<int>(network->layers.size()), 0, nullptr});
  network->outputs = {static_cast<int>(network->sources.size()) - 1};
  network->output_names = {network->layers.back()->name};
  self.children = network->layers;
  return network;
}

}  // namespace keraunos::loader
