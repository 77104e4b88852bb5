#include "loader/saving/keras3_nodes.h"

#include <algorithm>

#include "loader/keras/class_names.h"
#include "loader/keras/format_names.h"
#include "loader/layers/layer_traits.h"
#include "loader/saving/keras2_values.h"
#include "loader/saving/operation_nodes.h"
#include "loader/saving/tensor_json.h"

namespace keraunos::loader {

using files::Json;

namespace {

Json special(const char* class_name, Json config) {
  Json object = Json::object();
  object.set("class_name", class_name).set("config", std::move(config));
  return object;
}

Json shape_json(const Shape& shape) {
  Json list = Json::array();
  for (const Dim& dim : shape) list.push_back(dim.varies ? Json(nullptr) : Json(dim.size));
  return list;
}

Json list_json(const std::vector<int64_t>& numbers, const std::string& name) {
  Json list = Json::array();
  list.push_back(name);
  for (const int64_t number : numbers) list.push_back(number);
  return list;
}

bool is_list_of_numbers(const Json& json) {
  return json.is_array() && json.size() > 0 && std::all_of(json.items().begin(), json.items().end(), [](const Json& item) {
           return item.is_number() || item.is_bool() || is_list_of_numbers(item);
         });
}

bool has_reals(const Json& json) {
  return json.is_double() || (json.is_array() && std::any_of(json.items().begin(), json.items().end(), has_reals));
}

// Operands of keras.ops are tensors or numbers.
Json array_json(const Json& list) {
  Json config = Json::object();
  config.set("value", list).set("dtype", has_reals(list) ? "float32" : "int32");
  return special("__tensor__", std::move(config));
}

// [name, node, tensor] or longer, not a list of these.
bool is_port(const Json& json) { return json.is_array() && json.size() >= 3 && json.at(0).is_string() && json.at(1).is_int(); }

// The same structure with other leaves: `next` returns them in the order of dictionaries sorted by key.
template <class Next>
Json with_ports(const Json& json, Next& next) {
  if (is_port(json)) return next();
  if (json.is_array()) {
    Json list = Json::array();
    for (const Json& item : json.items()) list.push_back(with_ports(item, next));
    return list;
  }
  std::vector<std::string> keys;
  for (const auto& [key, value] : json.members()) keys.push_back(key);
  Json object = json;
  std::sort(keys.begin(), keys.end());
  for (const std::string& key : keys) object.set(key, with_ports(json[key], next));
  return object;
}

}  // namespace

Keras3Nodes::Keras3Nodes(const Network& network, const ShownOutputs& outputs)
    : network_(network), shown_(outputs), calls_(network.layers.size()) {
  for (size_t i = 0; i < network.calls.size(); ++i) {
    const int layer = network.calls[i].layer;
    auto& calls = calls_[static_cast<size_t>(layer)];
    places_.push_back({network.layers[static_cast<size_t>(layer)].get(), static_cast<int>(calls.size())});
    calls.push_back(static_cast<int>(i));
  }
}

Json Keras3Nodes::tensor(const Source& source) const {
  if (source.constant != nullptr) return tensor_json(*source.constant);
  const Place place = place_of(source.call);
  const auto shown = shown_.find(place.layer->path);
  const auto output = static_cast<size_t>(source.output);
  const bool known = shown != shown_.end() && output < shown->second.shapes.size();
  Json config = Json::object();
  config.set("shape", known ? shape_json(shown->second.shapes[output]) : shape_json({Dim{0, true}}));
  config.set("dtype", std::string(name_of(known ? shown->second.dtypes[output] : place.layer->policy.compute)));
  config.set("keras_history", list_json({place.node, source.output}, name_in_keras3(place.layer->name)));
  return special("__keras_tensor__", std::move(config));
}

Json Keras3Nodes::argument(const Arg& argument) const {
  if (argument.is_none()) return nullptr;
  if (const bool* flag = std::get_if<bool>(&argument.value)) return *flag;
  if (const int64_t* whole = std::get_if<int64_t>(&argument.value)) return *whole;
  if (const double* real = std::get_if<double>(&argument.value)) return *real;
  if (const std::string* text = std::get_if<std::string>(&argument.value)) return *text;
  if (const Traced* traced = argument.tensor()) return tensor(network_.sources[static_cast<size_t>(traced->value.id)]);
  if (std::holds_alternative<Arg::Ellipsis>(argument.value)) return special("__ellipsis__", Json::object());
  if (const auto* slice = std::get_if<std::shared_ptr<const Arg::Slice>>(&argument.value)) {
    Json config = Json::object();
    config.set("start", this->argument((*slice)->start)).set("stop", this->argument((*slice)->stop));
    config.set("step", this->argument((*slice)->step));
    return special("__slice__", std::move(config));
  }
  if (const Arg::List* list = argument.list()) {
    Json result = Json::array();
    for (const Arg& item : *list) result.push_back(this->argument(item));
    return result;
  }
  Json result = Json::object();
  for (const Arg::Member& member : std::get<Arg::Members>(argument.value)) result.set(member.name, this->argument(member.value));
  return result;
}

// Layers of Keras 3 accept no arrays among their inputs, and cells no constant inputs.
void Keras3Nodes::check(const LayerInstance& layer, const Call& call) const {
  const auto is_array = [&](const Arg& item) {
    const Traced* tensor = item.tensor();
    return tensor != nullptr && network_.sources[static_cast<size_t>(tensor->value.id)].constant != nullptr;
  };
  const Arg::List* inputs = call.arguments.empty() ? nullptr : call.arguments.front().list();
  const bool array = inputs != nullptr && std::any_of(inputs->begin(), inputs->end(), is_array);
  if (array && !layer.is_operation) throw ConversionError{"is given an array, which layers of Keras 3 do not take"};
  for (const Arg::Member& keyword : call.keywords) {
    if (keyword.name == "constants" && !keyword.value.is_none()) throw ConversionError{"takes constants, which Keras 3 does not"};
  }
}

Json Keras3Nodes::node(const Call& call) const {
  const LayerInstance& layer = *network_.layers[static_cast<size_t>(call.layer)];
  check(layer, call);
  const Arg::List* inputs = call.arguments.empty() ? nullptr : call.arguments.front().list();
  const LayerTraits& traits = traits_of(layer);
  Arg::Members keywords = call.keywords;
  const auto& [key, parameter] = traits.flag_in_calls_of_keras3;
  if (const Json* flag = key.empty() ? nullptr : layer.config->find(key); flag != nullptr && *flag == Json(true))
    keywords.push_back({parameter, Arg{true}});
  if (inputs == nullptr || inputs->size() < 2 || !traits.lists_states_with_input) return node(call.arguments, keywords);
  keywords.push_back({"initial_state", Arg{Arg::List(inputs->begin() + 1, inputs->end())}});
  return node({inputs->front()}, keywords);
}

Json Keras3Nodes::node(const std::vector<Arg>& arguments, const Arg::Members& keywords) const {
  Json list = Json::array(), named = Json::object(), result = Json::object();
  for (const Arg& given : arguments) list.push_back(argument(given));
  for (const Arg::Member& given : keywords) {
    if (given.name != "constants") named.set(given.name, argument(given.value));  // None: check() refuses other values
  }
  result.set("args", std::move(list)).set("kwargs", std::move(named));
  return result;
}

Json Keras3Nodes::of_function(int layer) const {
  const auto& calls = calls_[static_cast<size_t>(layer)];
  const LayerInstance& instance = *network_.layers[static_cast<size_t>(layer)];
  if (calls.size() != 1) throw ConversionError{"is one object that is called several times"};
  const OperationNode operation = operation_node(instance, network_.calls[static_cast<size_t>(calls[0])]);
  Json config = Json::object(), nodes = Json::array();
  config.set("name", name_in_keras3(instance.name));
  for (const auto& [key, value] : operation.config) config.set(key, argument(value));
  Json called = node(operation.arguments, operation.keywords), arguments = Json::array();
  for (const Json& given : called["args"].items())
    arguments.push_back(is_list_of_numbers(given) && operation.class_name != "GetItem" ? array_json(given) : given);
  called.set("args", std::move(arguments));
  nodes.push_back(std::move(called));
  Json object = serialised(module_of_operation(operation.class_name), operation.class_name, std::move(config));
  object.set("registered_name", operation.class_name).set("inbound_nodes", std::move(nodes));
  return object;
}

Json Keras3Nodes::of_layer(int layer) const {
  Json nodes = Json::array();
  if (network_.layers[static_cast<size_t>(layer)]->is_input) return nodes;
  for (const int call : calls_[static_cast<size_t>(layer)]) nodes.push_back(node(network_.calls[static_cast<size_t>(call)]));
  return nodes;
}

// Keras 3 counts the construction of a nested Functional only here.
Json Keras3Nodes::port(const Place& place, int output) const {
  const bool built = place.layer->network != nullptr && place.layer->network->class_name == kFunctional;
  return list_json({place.node + (built ? 1 : 0), output}, name_in_keras3(place.layer->name));
}

Json Keras3Nodes::inputs(const Json& source_config) const {
  size_t at = 0;
  auto next = [&] { return port(place_of(network_.inputs.at(at++).call), 0); };
  return with_ports(source_config["input_layers"], next);
}

Json Keras3Nodes::outputs(const Json& source_config) const {
  size_t at = 0;
  auto next = [&] {
    const Source& source = network_.sources[static_cast<size_t>(network_.outputs.at(at++))];
    return port(place_of(source.call), source.output);
  };
  return with_ports(source_config["output_layers"], next);
}

}  // namespace keraunos::loader
