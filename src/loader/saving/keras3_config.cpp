#include "loader/saving/keras3_config.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "loader/keras/class_names.h"
#include "loader/keras/format_names.h"
#include "loader/keras/reader.h"
#include "loader/keras/shapes.h"
#include "loader/layers/common/config_changes.h"
#include "loader/layers/layer_traits.h"
#include "loader/layers/table.h"
#include "loader/saving/keras2_values.h"
#include "loader/saving/keras3_nodes.h"
#include "loader/saving/operation_nodes.h"

namespace keraunos::loader {

using files::Json;

namespace {

constexpr std::string_view kNoCounterpart = "is of a class that Keras 3 does not have";

// Keras 3's name for a class of Keras 1 or 2; absent where it has no such class.
std::optional<std::string> renamed(const std::string& class_name) {
  const std::string& stated = traits_of(class_name).class_in_keras3;
  if (stated == "-") return std::nullopt;
  return stated.empty() ? class_name : stated;
}

// The library of a class that HDF5 files name without it; empty for Keras's own classes and for unknown ones.
std::string package_of_class(const std::string& class_name) {
  const LayerDef* def = find_layer(class_name);
  const size_t end = def == nullptr ? std::string::npos : def->classes.front().find('>');
  return end == std::string::npos ? std::string() : def->classes.front().substr(0, end);
}

bool is_class_of_keras(const std::string& class_name) {
  return find_layer(class_name) != nullptr && package_of_class(class_name).empty();
}

Json shape_json(const InputShape& shape) {
  Json list = Json::array();
  for (const std::optional<int64_t>& extent : shape) list.push_back(extent ? Json(*extent) : Json(nullptr));
  return list;
}

class Keras3Config {
 public:
  Keras3Config(const LayerGraph& graph, const ShownOutputs& outputs) : graph_(graph), outputs_(outputs) { count(graph.root); }

  Json model() {
    Json object = network_object(*graph_.root);
    if (!refusals_.empty()) throw_refusals(graph_.file, std::move(refusals_), kCannotBeSaved);
    return object;
  }

 private:
  void count(const SharedLayer& layer) {
    if (++uses_[layer.get()] > 1) return;
    if (layer->network != nullptr) models_.push_back(layer.get());
    for (const SharedLayer& child : layer->children) count(child);
  }

  Json network_object(const LayerInstance& layer) {
    return layer.network->class_name == kSequential ? sequential(layer) : functional(layer);
  }

  Json functional(const LayerInstance& model) {
    const Network& network = *model.network;
    const Keras3Nodes nodes(network, outputs_);
    Json layers = Json::array();
    for (size_t i = 0; i < network.layers.size(); ++i) {
      const int index = static_cast<int>(i);
      if (!nodes.has_calls(index)) continue;  // of losses and metrics of Keras 2
      Json object = called_object(*network.layers[i], nodes, index);
      object.set("name", name_in_keras3(network.layers[i]->name));
      layers.push_back(std::move(object));
    }
    Json config = Json::object();
    config.set("name", name_in_keras3(model.name)).set("trainable", model.trainable).set("layers", std::move(layers));
    config.set("input_layers", nodes.inputs(*model.config)).set("output_layers", nodes.outputs(*model.config));
    Json object = serialised("keras.src.models.functional", std::string(kFunctional), std::move(config));
    object.set("registered_name", std::string(kFunctional));
    return object;
  }

  Json sequential(const LayerInstance& model) {
    const Network& network = *model.network;
    const NetworkInput& input = network.inputs.front();
    Json layers = Json::array(), build = nullptr;
    if (input.shape) {
      build = shape_json(*input.shape);
      Json config = Json::object();
      config.set("batch_shape", build).set("dtype", std::string(name_of(input.dtype))).set("sparse", false);
      config.set("name", name_in_keras3(input.name));
      layers.push_back(serialised("keras.layers", std::string(kInputLayer), std::move(config)));
    }
    for (const SharedLayer& layer : network.layers) layers.push_back(layer_object(*layer));
    Json config = Json::object();
    config.set("name", name_in_keras3(model.name)).set("trainable", model.trainable).set("layers", std::move(layers));
    if (!build.is_null()) config.set("build_input_shape", std::move(build));
    return serialised("keras", std::string(kSequential), std::move(config));
  }

  // Keras 2 stores the code of a Lambda in a list with its source position. Keras 3 needs the shape of the results.
  Json lambda_object(const LayerInstance& layer) const {
    Json config = *layer.config;
    for (const char* key : {"function_type", "module", "output_shape_type", "output_shape_module"})
      config = without_key(config, key);
    const Json* code = layer.config->find("function");
    if (code != nullptr && code->is_array() && code->size() == 3) {
      if (!code->at(1).is_null() || !code->at(2).is_null())
        throw ConversionError{"has default arguments or a closure, which a file of Keras 3 does not hold"};
      Json parts = Json::object(), function = Json::object();
      parts.set("code", code->at(0)).set("defaults", nullptr).set("closure", nullptr);
      function.set("class_name", "__lambda__").set("config", std::move(parts));
      config.set("function", std::move(function));
    }
    if (Json shape = shape_of_rows(layer); !shape.is_null()) config.set("output_shape", std::move(shape));
    return serialised("keras.layers", layer.class_name, std::move(config));
  }

  // Without the batch; null where an extent varies or there are several results.
  Json shape_of_rows(const LayerInstance& layer) const {
    const auto found = outputs_.find(layer.path);
    if (found == outputs_.end() || found->second.shapes.size() != 1 || found->second.shapes[0].empty()) return nullptr;
    Json list = Json::array();
    for (size_t i = 1; i < found->second.shapes[0].size(); ++i) {
      const Dim& dim = found->second.shapes[0][i];
      if (dim.varies) return nullptr;
      list.push_back(dim.size);
    }
    return list;
  }

  // The arguments of layers of other libraries and of custom layers are unknown, so the object is not changed.
  Json custom_object(const LayerInstance& layer) const {
    Json object = serialised("", layer.class_name, *layer.config);
    const std::string module = layer.module.empty() ? package_of_class(layer.class_name) : layer.module;
    object.set("module", module.empty() ? Json(nullptr) : Json(module));
    object.set("registered_name", layer.registered_name.empty() ? layer.class_name : layer.registered_name);
    return object;
  }

  Json called_object(const LayerInstance& layer, const Keras3Nodes& nodes, int index) {
    try {
      if (is_operation_layer(layer.class_name)) return nodes.of_function(index);
      Json object = layer_object(layer);
      object.set("inbound_nodes", nodes.of_layer(index));
      return object;
    } catch (const ConversionError& error) {
      refusals_.push_back({layer.path, layer.class_name, error.reason});
      return Json::object();
    }
  }

  Json layer_object(const LayerInstance& layer) {
    Json object;
    try {
      object = unshared_object(layer);
    } catch (const ConversionError& error) {
      refusals_.push_back({layer.path, layer.class_name, error.reason});
      return Json::object();
    }
    if (uses_[&layer] > 1) {
      const auto id = static_cast<int64_t>(ids_.emplace(&layer, ids_.size() + 1).first->second);
      object.set("shared_object_id", id);
    }
    return object;
  }

  Json unshared_object(const LayerInstance& layer) {
    if (layer.network != nullptr) return network_object(layer);
    if (layer.is_input) return input_object(layer);
    if (layer.is_operation) return operation_object(layer);
    if (layer.class_name == kLambda && graph_.dialect.major < 3) return lambda_object(layer);
    if (layer.class_name == kNodeLayer) throw ConversionError{"is a node of a TensorFlow graph, which Keras 3 does not have"};
    if (!packaged_name(layer).empty() || !is_class_of_keras(layer.class_name)) return custom_object(layer);
    return known_object(layer.class_name, *layer.config, layer.path);
  }

  // HDF5 files of Keras 3 state no modules.
  Json operation_object(const LayerInstance& layer) const {
    const std::string module = layer.module.empty() ? module_of_operation(layer.class_name) : layer.module;
    Json object = serialised(module, layer.class_name, *layer.config);
    object.set("registered_name", layer.class_name);
    return object;
  }

  Json input_object(const LayerInstance& layer) {
    Json config = Json::object();
    const std::optional<InputShape> shape = shape_of_input(layer, graph_.file);
    if (!shape) throw ConversionError{"does not state its shape"};
    config.set("batch_shape", shape_json(*shape)).set("dtype", std::string(name_of(layer.policy.variable)));
    config.set("sparse", false).set("name", name_in_keras3(layer.name));
    return serialised("keras.layers", std::string(kInputLayer), std::move(config));
  }

  Json known_object(const std::string& class_name, const Json& source, const std::string& path) {
    const std::optional<std::string> name = renamed(class_name);
    if (!name) throw ConversionError{std::string(kNoCounterpart)};
    Json config = keras3_values(source, [&](const Json& nested) { return nested_object(nested, path); });
    if (graph_.dialect.major < 3) {
      if (const auto& change = traits_of(class_name).config_to_keras3) change(config);
    }
    if (const Json* own = config.find("name"); own != nullptr && own->is_string()) {
      std::string valid = name_in_keras3(own->as_string());
      config.set("name", std::move(valid));
    }
    return serialised("keras.layers", *name, std::move(config));
  }

  // A layer inside a config. A nested model was read as a child; any other layer is written as an object.
  Json nested_object(const Json& object, const std::string& path) {
    const std::string class_name = after_package(text_in(object, "class_name"));
    if (is_network_class(class_name)) {
      for (const LayerInstance* model : models_) {
        if (*model->config == object["config"]) return layer_object(*model);
      }
      throw ConversionError{"holds a model that was not read"};
    }
    if (!is_class_of_keras(class_name)) return object;
    return known_object(class_name, object["config"], path);
  }

  const LayerGraph& graph_;
  const ShownOutputs& outputs_;
  std::map<const LayerInstance*, int> uses_;
  std::map<const LayerInstance*, size_t> ids_;
  std::vector<const LayerInstance*> models_;
  std::vector<UnsupportedError::Item> refusals_;
};

}  // namespace

std::string class_in_keras3(const LayerInstance& layer) {
  if (layer.network != nullptr) return layer.network->class_name;
  if (!packaged_name(layer).empty()) return layer.class_name;
  return renamed(layer.class_name).value_or(layer.class_name);
}

std::string name_in_keras3(std::string name) {
  std::replace(name.begin(), name.end(), '/', '_');
  return name;
}

Json keras3_model(const LayerGraph& graph, const ShownOutputs& outputs) { return Keras3Config(graph, outputs).model(); }

}  // namespace keraunos::loader
