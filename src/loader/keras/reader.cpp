#include "loader/keras/reader.h"

#include <algorithm>

#include "loader/keras/keras1.h"
#include "loader/keras/snake_case.h"
#include "loader/layers/common/quantised.h"
#include "loader/layers/table.h"
#include "loader/ops/table.h"

namespace keraunos::loader {

using files::Json;

namespace {

std::string text_in(const Json& object, std::string_view key) {
  const Json* value = object.is_object() ? object.find(key) : nullptr;
  return value != nullptr && value->is_string() ? value->as_string() : std::string();
}

std::string after_package(const std::string& name) {
  const size_t separator = name.rfind('>');
  return separator == std::string::npos ? name : name.substr(separator + 1);
}

bool is_network_class(const std::string& name) { return name == "Sequential" || name == "Functional" || name == "Model"; }

// Built-in classes come from Keras's own modules; files older than the v3 format state no module at all.
bool may_be_built_in(const LayerInstance& layer, const Json& object) {
  if (layer.registered_name.find('>') != std::string::npos) return false;
  const Json* module = object.find("module");
  if (module == nullptr) return true;
  return !module->is_null() &&
         (layer.module.starts_with("keras") || layer.module.starts_with("tf_keras") || layer.module.starts_with("tensorflow"));
}

bool is_operation_module(const std::string& module) {
  return module.find(".ops") != std::string::npos || module.ends_with(".activations") ||
         module.find(".activations.") != std::string::npos;
}

// HDF5 files of Keras 3 state no modules, and Add, Reshape, Concatenate … are names of layers and of operations. Every layer says
// whether it is trainable, no operation does.
bool is_configured_as_operation(const LayerInstance& layer) {
  if (find_operation("", layer.class_name) == nullptr) return false;
  return find_layer(layer.class_name) == nullptr || (layer.config->is_object() && layer.config->find("trainable") == nullptr);
}

std::shared_ptr<const LayerDef> unowned(const LayerDef* def) { return {std::shared_ptr<const LayerDef>(), def}; }

// Keras hands such a key to the class's own constructor; what it changes is not known.
std::string subclass_with_key(const std::string& key) {
  return "is a model class of its own with the config key \"" + key +
         "\", whose meaning is Python code that the file does not hold; register it with CustomObjects::layer";
}

std::string unknown_class(const LayerInstance& layer, const Json& object) {
  if (layer.class_name == "Lambda") return std::string(kPythonCode);
  const Json* build = object.find("build_config");
  if (layer.is_root && build != nullptr && !may_be_built_in(layer, object)) {
    return "is a model class of its own, whose computation is Python code that the file does not hold; register it with "
           "CustomObjects::layer";
  }
  return std::string(may_be_built_in(layer, object) ? kUnsupportedClass : kUnregisteredClass);
}

}  // namespace

namespace {

bool is_same_but_ids(const Json& a, const Json& b);

bool has_same_members(const Json& a, const Json& b) {
  for (const auto& [key, value] : a.members()) {
    const Json* other = b.find(key);
    if (key != "shared_object_id" && (other == nullptr || !is_same_but_ids(value, *other))) return false;
  }
  const auto counted = [](const Json& object) {
    return std::count_if(object.members().begin(), object.members().end(),
                         [](const auto& member) { return member.first != "shared_object_id"; });
  };
  return counted(a) == counted(b);
}

bool is_same_but_ids(const Json& a, const Json& b) {
  if (a.kind() != b.kind()) return false;
  if (a.is_object()) return has_same_members(a, b);
  if (a.is_array()) return std::equal(a.items().begin(), a.items().end(), b.items().begin(), b.items().end(), is_same_but_ids);
  return a.dump() == b.dump();
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

std::vector<std::string> unique_names(std::vector<std::string> names) {
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
  // Wrappers clone what they wrap unless it is a plain `layer` or `cell`.
  const Json* id = object->find("shared_object_id");
  const bool sharable = id != nullptr && id->is_int() && (attribute.empty() || attribute == "layer" || attribute == "cell");
  if (sharable) {
    const SharedLayer known = shared_layer(*object);
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

// The layer with this id. Keras marks the second place where a layer stands, and the first one too, unless that lies in a model
// inside, whose config is a copy by then: the first with this id is then the only one before it that is the same but for ids.
SharedLayer Reader::shared_layer(const Json& object) {
  const int64_t id = object["shared_object_id"].as_int();
  const auto known = shared_.find(id);
  if (known != shared_.end()) return known->second;
  const std::string class_name = after_package(text_in(object, "class_name"));
  const Json* config = object.find("config");
  const auto [begin, end] =
      unmarked_.equal_range(class_name + ' ' + (config == nullptr ? std::string() : text_in(*config, "name")));
  SharedLayer same;
  for (auto candidate = begin; candidate != end; ++candidate) {
    const auto& [layer, earlier] = candidate->second;
    if (!is_same_but_ids(*config, (*earlier)["config"])) continue;
    if (same != nullptr) return nullptr;
    same = layer;
  }
  if (same != nullptr) shared_.emplace(id, same);
  return same;
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
  } catch (const UsageError& error) {  // of Dims and Tensor, which know no files
    throw ModelError(graph_.file + ": " + layer.described() + ": " + error.what());
  }
}

void Reader::resolve(LayerInstance& layer, const SharedJson& object) {
  layer.def = custom_definition(layer);
  if (layer.def == nullptr && may_be_built_in(layer, *object)) {
    layer.is_input = layer.class_name == "InputLayer";
    if (layer.is_input) {
      const Json* ragged = layer.config->is_object() ? layer.config->find("ragged") : nullptr;
      if (ragged != nullptr && *ragged == Json(true)) layer.refusal = "takes ragged tensors (ragged=True), which cannot run";
      return;
    }
  }
  if (layer.def == nullptr && resolve_network(layer, object)) return;
  layer.is_operation = is_operation_module(layer.module) ||
                       (layer.module.empty() && graph_.dialect.major >= 3 && is_configured_as_operation(layer));
  if (layer.def == nullptr) layer.def = definition_of(layer, *object);
  if (layer.def == nullptr) {
    layer.refusal = unknown_class(layer, *object);
    return;
  }
  fill(layer);
  if (layer.def.use_count() > 0 && !network_form(layer).empty()) add_graph(layer, object);
}

// False where the layer is no model whose layers the file holds.
bool Reader::resolve_network(LayerInstance& layer, const SharedJson& object) {
  const bool of_keras = may_be_built_in(layer, *object), is_keras_class = of_keras && is_network_class(layer.class_name);
  if (of_keras && !is_keras_class && find_layer(layer.class_name) != nullptr) return false;  // a layer that no subclass is named after
  const std::string form =
      is_keras_class ? (layer.class_name == "Sequential" ? "Sequential" : "Functional") : network_form(layer);
  if (form.empty()) return false;
  const auto key = is_keras_class ? std::nullopt : key_beside(*layer.config, form);
  if (key) layer.refusal = subclass_with_key(*key);
  if (!key) read_network(layer, object, form);
  return true;
}

void Reader::read_network(LayerInstance& layer, const SharedJson& object, const std::string& form) {
  layer.network = form == "Sequential" ? read_sequential(*this, layer, object) : read_functional(*this, layer);
}

// What the class computes is the caller's affair, with the graph of the file at hand: the same layers at the same places.
void Reader::add_graph(LayerInstance& layer, const SharedJson& object) {
  auto graph = std::make_shared<LayerInstance>();
  describe(*graph, object, {}, std::string(kGraphChild));
  graph->path = layer.path;
  graph->is_root = layer.is_root;
  read_network(*graph, object, network_form(layer));
  layer.children.push_back(std::move(graph));
}

std::shared_ptr<const LayerDef> Reader::custom_definition(const LayerInstance& layer) const {
  for (const auto& [name, def] : custom_.replacements) {
    if (name == layer.name || name == layer.path) return def;
  }
  for (const std::string& wanted : {layer.registered_name, layer.class_name}) {
    for (const auto& def : custom_.layers) {
      if (!wanted.empty() && std::find(def->classes.begin(), def->classes.end(), wanted) != def->classes.end()) return def;
    }
  }
  return nullptr;
}

std::shared_ptr<const LayerDef> Reader::definition_of(const LayerInstance& layer, const Json& object) const {
  if (layer.class_name == "Lambda") return lambda_definition(layer);
  if (!may_be_built_in(layer, object)) return nullptr;
  const LayerDef* def = nullptr;
  if (layer.is_operation)
    def = find_operation(layer.module, layer.class_name);
  else
    def = find_layer(layer.class_name);
  if (def == nullptr && !layer.is_operation) def = find_operation(layer.module, layer.class_name);
  return def == nullptr ? nullptr : unowned(def);
}

// A Lambda of a named function runs when the caller says what that name means.
std::shared_ptr<const LayerDef> Reader::lambda_definition(const LayerInstance& layer) const {
  const Json* function = layer.config->is_object() ? layer.config->find("function") : nullptr;
  if (function == nullptr) return nullptr;
  const std::string name = function->is_string()   ? function->as_string()
                           : function->is_object() ? text_in(*function, "config")
                                                   : std::string();
  for (const auto& [known, body] : custom_.functions) {
    if (name.empty() || (known != name && after_package(known) != name)) continue;
    auto def = std::make_shared<LayerDef>();
    def->classes = {"Lambda"};
    def->passes_mask = true;
    def->lower = [apply = body](Lowering& l) {
      const Traced x = l.input();
      return std::vector<Traced>{{apply(l, x.value), x.mask}};
    };
    return def;
  }
  return nullptr;
}

void Reader::fill(LayerInstance& layer) {
  const Config config(*layer.config, graph_.file + ": " + layer.described());
  const bool built_in = layer.def.use_count() == 0;
  if (built_in || !layer.def->keys.empty()) {
    const std::string form = built_in ? std::string() : network_form(layer);
    if (const auto key = unknown_key(*layer.def, *layer.config, keys_of_form(form)))
      layer.refusal = "has the config key \"" + *key + "\", which is not supported; register what the layer does with CustomObjects::layer";
  }
  if (built_in && layer.refusal.empty()) layer.refusal = refused_quantisation(layer.class_name, config).value_or("");
  if (layer.def->weights) {
    for (const WeightName& weight : layer.def->weights(config)) {
      layer.weights.push_back({weight.name, weight.trainable, nullptr});
      layer.weight_is_optional.push_back(weight.optional);
    }
  }
  add_children(layer);
}

void Reader::add_children(LayerInstance& layer) {
  const auto has_child = [&](std::string_view attribute) {
    return std::any_of(layer.children.begin(), layer.children.end(),
                       [&](const SharedLayer& child) { return child->attribute == attribute; });
  };
  if (layer.def->children) {
    const Config config(*layer.config, graph_.file + ": " + layer.described());
    for (const ChildName& child : layer.def->children(config)) {
      if (child.config == nullptr) continue;
      layer.children.push_back(this->layer(child.config, layer.path, child.attribute));
      layer.children.back()->aliases = child.aliases;
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
  Reader reader(*graph, custom);
  if (!model_config->is_object())
    throw ModelError(facts.file + ": the config is no model but " + std::string(files::name_of(model_config->kind())));
  graph->root = reader.root(model_config);
  if (graph->root->def != nullptr) graph->root = wrapped_custom(graph->root, model_config);
  return graph;
}

}  // namespace keraunos::loader
