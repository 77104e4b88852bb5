#include "loader/keras/reader.h"

#include <algorithm>
#include <tuple>

#include "loader/keras/class_names.h"
#include "loader/keras/format_names.h"
#include "loader/keras/keras1.h"
#include "loader/keras/snake_case.h"
#include "loader/layers/layer_traits.h"
#include "loader/layers/table.h"
#include "loader/ops/table.h"

namespace keraunos::loader {

using files::Json;

namespace {

bool is_operation_module(const std::string& module) {
  return module.find(".ops") != std::string::npos || module.ends_with(".activations") ||
         module.find(".activations.") != std::string::npos;
}

// HDF5 files of Keras 3 state no modules, and Add, Reshape, Concatenate … are names of both layers and operations. Only layers
// state whether they are trainable.
bool is_configured_as_operation(const LayerInstance& layer) {
  if (find_operation("", layer.class_name) == nullptr) return false;
  return find_layer(layer.class_name) == nullptr || (layer.config->is_object() && layer.config->find("trainable") == nullptr);
}

// Keras passes such a key to the class's constructor, whose code is unknown.
std::string subclass_with_key(const std::string& key) {
  return "is a model class of its own with the config key \"" + key +
         "\", whose meaning is Python code that the file does not hold; register it with CustomObjects::layer";
}

std::string unknown_key_refusal(const std::string& key) {
  return "has the config key \"" + key + "\", which is not supported; register what the layer does with CustomObjects::layer";
}

void require_name(const Json& config, const std::string& where) {
  const Json* name = config.is_object() ? config.find("name") : nullptr;
  if (name == nullptr || name->is_null() || name->is_string()) return;
  throw ModelError(where + ": config key \"name\" should be a string, found " + name->dump().substr(0, 80));
}

// Keras 3 makes a seed generator for every layer with a seed; null and an object are valid too. Keras 2 does not check the seed.
void check_seed(const Config& config, const Dialect& dialect) {
  const Json* seed = dialect.before(3, 0) ? nullptr : config.find("seed");
  if (seed != nullptr && !seed->is_object()) static_cast<void>(config.integer("seed"));
}

// A registered name contains the library; a class without one may be a copied class.
bool is_class_of_library(const LayerInstance& layer) {
  const std::string packaged = packaged_name(layer);
  return !packaged.empty() && find_layer(packaged) != nullptr;
}

std::string unknown_class(const LayerInstance& layer, const Json& object) {
  if (layer.class_name == kLambda) return std::string(kPythonFunction);
  const Json* build = object.find("build_config");
  if (layer.is_root && build != nullptr && !may_be_built_in(layer, object)) {
    return "is a model class of its own, whose computation is Python code that the file does not hold; register it with "
           "CustomObjects::layer";
  }
  return std::string(may_be_built_in(layer, object) ? kUnsupportedClass : kUnregisteredClass);
}

}  // namespace

SharedJson part_of(const SharedJson& whole, const Json& part) { return {whole, &part}; }

bool is_layer_object(const Json& json) {
  if (!json.is_object()) return false;
  const std::string class_name = text_in(json, "class_name");
  const Json* config = json.find("config");
  return !class_name.empty() && class_name != "function" && !class_name.starts_with("__") && config != nullptr &&
         config->is_object();
}

std::vector<std::string> unique_names(const std::vector<std::string>& names) {
  std::vector<std::string> result;
  std::map<std::string, int> counts;
  for (const std::string& name : names) {
    std::string proposal = name;
    while (std::find(result.begin(), result.end(), proposal) != result.end())
      proposal = name + '_' + std::to_string(++counts[name]);
    result.push_back(proposal);
  }
  return result;
}

SharedLayer Reader::layer(const SharedJson& object, const std::string& parent_path, const std::string& attribute) {
  if (!object->is_object())
    throw ModelError(graph_.file + ": expected a layer object in \"" + parent_path + "\", found " +
                     std::string(files::name_of(object->kind())));
  // Wrappers clone the wrapped layer unless it is a plain `layer` or `cell`.
  const Json* id = object->find("shared_object_id");
  const bool shares = attribute.empty() || attribute == "layer" || attribute == "cell" || attribute == "token_embedding";
  const bool sharable = id != nullptr && id->is_int() && shares;
  if (sharable) {
    SharedLayer known = shared_layer(*object);
    if (known != nullptr && known->attribute.empty()) known->attribute = attribute;
    if (known != nullptr) return known;
  }
  auto result = std::make_shared<LayerInstance>();
  describe(*result, object, parent_path, attribute);
  resolve_named(*result, object);
  if (sharable)
    shared_.emplace(id->as_int(), result);
  else if (id == nullptr)
    unmarked_.emplace(result->class_name + ' ' + result->name, std::pair{result, object});
  return result;
}

SharedLayer Reader::root(const SharedJson& object) {
  auto result = std::make_shared<LayerInstance>();
  describe(*result, object, {}, {});
  result->is_root = true;
  resolve_named(*result, object);
  return result;
}

void Reader::describe(LayerInstance& layer, const SharedJson& object, const std::string& parent_path,
                      const std::string& attribute) const {
  const std::string class_name = text_in(*object, "class_name");
  const Json* config = object->find("config");
  if (class_name.empty() || config == nullptr) {
    throw ModelError(graph_.file + ": a layer in \"" + parent_path + "\" lacks \"class_name\" or \"config\"");
  }
  layer.class_name = after_package(class_name);
  layer.registered_name = text_in(*object, "registered_name");
  if (layer.registered_name.empty() && class_name.find('>') != std::string::npos) layer.registered_name = class_name;
  layer.module = text_in(*object, "module");
  layer.config = part_of(object, *config);
  layer.name = text_in(*config, "name");
  require_name(*config, graph_.file + ": a layer of class " + layer.class_name + " in \"" + parent_path + '"');
  if (layer.name.empty()) layer.name = text_in(*object, "name");
  if (layer.name.empty()) layer.name = attribute.empty() ? snake_case(layer.class_name) : attribute;
  layer.attribute = attribute;
  layer.path = parent_path.empty() ? layer.name : parent_path + '/' + layer.name;
  if (config->is_object()) {
    layer.policy = parse_policy(config->find("dtype"), graph_.file + ": " + layer.described());
    const Json* trainable = config->find("trainable");
    layer.trainable = trainable == nullptr || !trainable->is_bool() || trainable->as_bool();
  }
}

void Reader::resolve_named(LayerInstance& layer, const SharedJson& object) {
  try {
    resolve(layer, object);
  } catch (const ModelError& error) {
    throw_named(error, graph_.file, layer.described());
  } catch (const UsageError& error) {  // of Dims and Tensor, whose errors do not name files
    throw ModelError(graph_.file + ": " + layer.described() + ": " + error.what());
  }
}

void Reader::resolve(LayerInstance& layer, const SharedJson& object) {
  layer.def = custom_definition(layer);
  if (layer.def == nullptr && may_be_built_in(layer, *object)) {
    layer.is_input = layer.class_name == kInputLayer;
    if (layer.is_input) {
      const Json* ragged = layer.config->is_object() ? layer.config->find("ragged") : nullptr;
      if (ragged != nullptr && *ragged == Json(true)) layer.refusal = "takes ragged tensors (ragged=True), which cannot run";
      return;
    }
  }
  if (layer.def == nullptr && resolve_network(layer, object)) return;
  layer.is_operation = is_operation_module(layer.module) ||
                       (layer.module.empty() && graph_.dialect.major >= 3 && is_configured_as_operation(layer));
  std::string unfit;  // the reason why no recipe is selected
  if (layer.def == nullptr && !is_class_of_library(layer)) std::tie(layer.def, unfit) = recipes_.choose(layer);
  if (layer.def == nullptr) layer.def = definition_of(layer, *object);
  if (layer.def == nullptr && layer.class_name == kLambda) translate_lambda(layer);
  if (layer.def == nullptr && layer.refusal.empty()) layer.refusal = unfit;
  if (layer.def == nullptr) {
    if (layer.refusal.empty()) layer.refusal = unknown_class(layer, *object);
    return;
  }
  if (refuses_files_ && layer.def->traits != nullptr && layer.def->traits->reads_other_files) {
    layer.refusal = kOtherFile;
    layer.def = nullptr;
    return;
  }
  fill(layer);
  if (layer.def.use_count() > 0 && !network_form(layer).empty()) add_graph(layer, object);
}

// False where the class is no model whose constructor this library knows.
bool Reader::resolve_constructed(LayerInstance& layer) {
  const LayerDef* def = loader::definition_of(layer.whole_class_name());
  if (def == nullptr || def->traits == nullptr || !def->traits->functional) return false;
  if (const auto key = unknown_key(*def, *layer.config)) {
    layer.refusal = unknown_key_refusal(*key);
    return true;
  }
  const Config config(*layer.config, graph_.file + ": " + layer.described());
  layer.config = std::make_shared<const Json>(def->traits->functional(config));
  layer.network = read_functional(*this, layer);
  return true;
}

// False where the layer is no model whose layers are in the file.
bool Reader::resolve_network(LayerInstance& layer, const SharedJson& object) {
  if (resolve_constructed(layer)) return true;
  const bool of_keras = may_be_built_in(layer, *object), is_keras_class = of_keras && is_network_class(layer.class_name);
  if (of_keras && !is_keras_class && find_layer(layer.class_name) != nullptr)
    return false;  // a layer class that is not named after a model class
  const std::string_view form =
      is_keras_class ? (layer.class_name == kSequential ? kSequential : kFunctional) : network_form(layer);
  if (form.empty()) return false;
  const auto key = is_keras_class ? std::nullopt : key_beside(*layer.config, form);
  if (key) layer.refusal = subclass_with_key(*key);
  if (!key) read_network(layer, object, form);
  return true;
}

void Reader::read_network(LayerInstance& layer, const SharedJson& object, std::string_view form) {
  layer.network = form == kSequential ? read_sequential(*this, layer, object) : read_functional(*this, layer);
}

// The caller defines what the class computes and may use the graph of the file: the same layers at the same places.
void Reader::add_graph(LayerInstance& layer, const SharedJson& object) {
  auto graph = std::make_shared<LayerInstance>();
  describe(*graph, object, {}, std::string(kGraphChild));
  graph->path = layer.path;
  graph->is_root = layer.is_root;
  read_network(*graph, object, network_form(layer));
  layer.children.push_back(std::move(graph));
}

void Reader::fill(LayerInstance& layer) {
  const Config config(*layer.config, graph_.file + ": " + layer.described());
  const bool built_in = layer.def.use_count() == 0;
  if (built_in || !layer.def->keys.empty()) {
    const std::string_view form = built_in ? std::string_view() : network_form(layer);
    if (const auto key = unknown_key(*layer.def, *layer.config, keys_of_form(form))) layer.refusal = unknown_key_refusal(*key);
  }
  if (const auto& refusal = traits_of(layer).refusal; built_in && refusal && layer.refusal.empty())
    layer.refusal = refusal(config).value_or("");
  if (built_in && !layer.is_operation) check_seed(config, graph_.dialect);
  if (layer.def->weights) {
    for (const WeightName& weight : layer.def->weights(config)) {
      layer.weights.push_back({weight.name, weight.trainable, nullptr});
      layer.weight_is_optional.push_back(weight.optional);
    }
  }
  add_children(layer);
}

void Reader::remove_weight(LayerInstance& layer, const std::string& name) {
  for (size_t i = layer.weights.size(); i-- > 0;) {
    if (layer.weights[i].name != name) continue;
    layer.weights.erase(layer.weights.begin() + static_cast<std::ptrdiff_t>(i));
    layer.weight_is_optional.erase(layer.weight_is_optional.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

void Reader::add_children(LayerInstance& layer) {
  const auto has_child = [&](std::string_view attribute) {
    return std::any_of(layer.children.begin(), layer.children.end(),
                       [&](const SharedLayer& child) { return child->attribute == attribute; });
  };
  if (layer.def->children) {
    const Config config(*layer.config, graph_.file + ": " + layer.described());
    for (const ChildName& child : layer.def->children(config)) {
      if (!child.config) continue;
      layer.children.push_back(this->layer(child.config.json(), layer.path, child.attribute));
      layer.children.back()->aliases = child.aliases;
    }
    if (const auto& held = traits_of(layer).holds_weights_of_child; held && !layer.children.empty()) {
      for (const std::string& name : held(config)) remove_weight(*layer.children.front(), name);
    }
  }
  if (!layer.config->is_object()) return;
  for (const auto& [key, value] : layer.config->members()) {  // Dense(activation=PReLU())
    if (!key.ends_with("activation") || !is_layer_object(value) || has_child(key)) continue;
    layer.children.push_back(this->layer(part_of(layer.config, value), layer.path, key));
  }
}

std::shared_ptr<LayerGraph> read_layer_graph(SharedJson model_config, const FileFacts& facts, const CustomObjects& custom) {
  auto graph = std::make_shared<LayerGraph>();
  graph->file = facts.file;
  graph->keras_version = facts.keras_version;
  graph->dialect = dialect_of(facts, *model_config);
  if (graph->dialect.major == 1) model_config = std::make_shared<const Json>(as_keras2(*model_config));
  Reader reader(*graph, custom, *model_config, facts);
  if (!model_config->is_object())
    throw ModelError(facts.file + ": the config is no model but " + std::string(files::name_of(model_config->kind())));
  graph->root = reader.root(model_config);
  if (graph->root->def != nullptr) graph->root = wrapped_custom(graph->root, model_config);
  if (graph->root->network == nullptr && graph->root->refusal.empty())
    throw ModelError(facts.file + ": the config is no model but a layer of class " + graph->root->class_name);
  return graph;
}

}  // namespace keraunos::loader
