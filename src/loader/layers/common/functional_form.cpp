#include "loader/layers/common/functional_form.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "keraunos/error.h"
#include "loader/keras/class_names.h"
#include "loader/keras/format_names.h"
#include "loader/keras/snake_case.h"
#include "loader/layers/layer_traits.h"
#include "loader/layers/table.h"

namespace keraunos::loader {

using files::Json;

namespace {

Json reference(const std::string& layer, int64_t call, int64_t result) {
  Json config = Json::object({{"keras_history", json_list({layer, call, result})}});
  return Json::object({{"class_name", "__keras_tensor__"}, {"config", std::move(config)}});
}

const Json& history(const Json& tensor) { return tensor["config"]["keras_history"]; }

// Add and others are names of both layers and operations: the module distinguishes them.
Json layer_json(std::string_view class_name, Json config) {
  Json object = Json::object({{"class_name", class_name}, {"config", std::move(config)}});
  if (class_name.find('>') == std::string_view::npos) object.set("module", "keras.layers");
  return object;
}

// The tensors in arguments, as Keras flattens them: members of objects by sorted key.
void collect_references(const Json& tree, std::vector<const Json*>& found) {
  if (tree.is_array()) {
    for (const Json& item : tree.items()) collect_references(item, found);
  }
  if (!tree.is_object()) return;
  const Json* class_name = tree.find("class_name");
  if (class_name != nullptr && *class_name == Json("__keras_tensor__")) {
    found.push_back(&tree);
    return;
  }
  std::map<std::string_view, const Json*> sorted;
  for (const auto& [key, item] : tree.members()) sorted.emplace(key, &item);
  for (const auto& [key, item] : sorted) collect_references(*item, found);
}

std::vector<const Json*> references_in(const Json& tree) {
  std::vector<const Json*> found;
  collect_references(tree, found);
  return found;
}

using CallNumber = std::pair<size_t, size_t>;  // a layer, and the index of its call

// Layers by decreasing depth, those of one depth in the order of a walk from the outputs: Keras's map_graph().
class LayerOrder {
 public:
  using Needs = std::function<std::vector<CallNumber>(const CallNumber&)>;

  LayerOrder(size_t layers, Needs needs) : needs_(std::move(needs)), met_(layers, -1), depth_(layers, 0) {}

  void walk(const std::vector<CallNumber>& outputs) {
    push(outputs);
    for (int64_t count = 0; !stack_.empty();) {
      const auto [call, is_left] = stack_.back();
      stack_.pop_back();
      if (is_left) finished_.push_back(call);
      if (is_left || !done_.insert(call).second) continue;
      if (met_[call.first] < 0) met_[call.first] = count++;
      stack_.emplace_back(call, true);
      push(needs_(call));
    }
  }

  std::vector<size_t> by_depth() {
    std::map<CallNumber, int64_t> depths;
    for (auto call = finished_.rbegin(); call != finished_.rend(); ++call) {
      const int64_t own = depth_[call->first] = std::max(depths[*call], depth_[call->first]);
      for (const CallNumber& needed : needs_(*call)) depths[needed] = std::max(depths[needed], own + 1);
    }
    std::vector<size_t> order(depth_.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return depth_[a] != depth_[b] ? depth_[a] > depth_[b] : met_[a] < met_[b]; });
    return order;
  }

 private:
  void push(const std::vector<CallNumber>& calls) {
    for (auto call = calls.rbegin(); call != calls.rend(); ++call) stack_.emplace_back(*call, false);
  }

  Needs needs_;
  std::vector<int64_t> met_, depth_;
  std::vector<std::pair<CallNumber, bool>> stack_;  // true: everything that the call needs was visited
  std::set<CallNumber> done_;
  std::vector<CallNumber> finished_;
};

// Inputs and outputs of a model refer to tensors as [layer, call, result].
Json ports(const Json& tree) {
  if (tree.is_array()) {
    Json list = Json::array();
    for (const Json& item : tree.items()) list.push_back(ports(item));
    return list;
  }
  if (tree.find("class_name") != nullptr) return history(tree);
  Json object = Json::object();
  for (const auto& [key, item] : tree.members()) object.set(key, ports(item));
  return object;
}

Json slice_json(Json start, Json stop) {
  Json config = Json::object({{"start", std::move(start)}, {"stop", std::move(stop)}, {"step", nullptr}});
  return Json::object({{"class_name", "__slice__"}, {"config", std::move(config)}});
}

// Converts [layer, call, result], or an object or list of these, to tensors.
Json tensors_of_ports(const Json& tree) {
  if (tree.is_array() && tree.size() == 3 && tree.at(0).is_string()) return reference(tree.at(0).as_string(), 0, 0);
  if (tree.is_array()) {
    Json list = Json::array();
    for (const Json& item : tree.items()) list.push_back(tensors_of_ports(item));
    return list;
  }
  Json object = Json::object();
  for (const auto& [key, item] : tree.members()) object.set(key, tensors_of_ports(item));
  return object;
}

// Some models of KerasHub do not save their name.
std::string name_in(const Config& model, const Json& object) {
  const Json* config = object.is_object() ? object.find("config") : nullptr;
  if (config == nullptr || !config->is_object())
    throw ModelError(model.where() + ": expected a layer inside it, found " + object.dump().substr(0, 80));
  const std::string name = text_in(*config, "name");
  return name.empty() ? snake_case(after_package(text_in(object, "class_name"))) : name;
}

// The config of a nested model, as that of a Functional.
Json functional_config(const Config& model, const Json& object) {
  const Json* config = object.is_object() ? object.find("config") : nullptr;
  if (config == nullptr || !config->is_object())
    throw ModelError(model.where() + ": expected a model inside it, found " + object.dump().substr(0, 80));
  if (config->find("input_layers") != nullptr && config->find("layers") != nullptr) return *config;
  const std::string name = text_in(object, "registered_name");
  const LayerDef* def = definition_of(name);
  if (def == nullptr || def->traits == nullptr || !def->traits->functional)
    throw ModelError(model.where() + ": the model \"" + name + "\" inside it is of a class that is not known");
  return def->traits->functional(Config(*config, model.where() + ", " + name));
}

}  // namespace

Json json_list(std::vector<Json> items) {
  Json list = Json::array();
  for (Json& item : items) list.push_back(std::move(item));
  return list;
}

Json value_of(const Config& config, std::string_view key, Json otherwise) {
  const Json* found = config.json().find(key);
  if (found != nullptr) return *found;
  return otherwise;
}

Json layer_object(const Config& owner, std::string_view class_name, Members members) {
  Json config = Json::object(std::move(members));
  if (config.find("dtype") == nullptr) config.set("dtype", value_of(owner, "dtype"));
  return layer_json(class_name, std::move(config));
}

Json shared_layer(const Config& model, Json layer) {
  const auto mark = static_cast<int64_t>(std::hash<std::string>()(model.where()) >> 2);
  return layer.set("shared_object_id", -mark - 1);  // Keras's ids are not negative
}

FunctionalForm::FunctionalForm(const Config& model) : model_(model), dtype_(value_of(model, "dtype")) {}

FunctionalForm::Layer& FunctionalForm::begin(std::string_view class_name, const std::string& name, Members members) {
  members.insert(members.begin(), {"name", name});
  Json config = Json::object(std::move(members));
  if (config.find("dtype") == nullptr) config.set("dtype", dtype_);
  layers_.push_back({.object = layer_json(class_name, std::move(config)), .name = name, .nodes = {}});
  return layers_.back();
}

FunctionalForm::Tensor FunctionalForm::called(Layer& layer, std::vector<Json> arguments, Members keywords) {
  layer.nodes.push_back(Json::object({{"args", json_list(std::move(arguments))}, {"kwargs", Json::object(std::move(keywords))}}));
  return reference(layer.name, static_cast<int64_t>(layer.nodes.size()) - 1, 0);
}

FunctionalForm::Tensor FunctionalForm::input(const std::string& name, const std::vector<int64_t>& shape, std::string_view dtype) {
  Json batch = json_list({nullptr});
  for (const int64_t extent : shape) batch.push_back(extent < 0 ? Json() : Json(extent));
  begin("InputLayer", name, {{"batch_shape", std::move(batch)}, {"dtype", dtype}});
  return reference(name, 0, 0);
}

FunctionalForm::Tensor FunctionalForm::add(std::string_view class_name, const std::string& name, Members config, Tensor x,
                                           Members keywords) {
  return called(begin(class_name, name, std::move(config)), {std::move(x)}, std::move(keywords));
}

FunctionalForm::Tensor FunctionalForm::add(const Json& object, Tensor x, Members keywords) {
  layers_.push_back({.object = object, .name = name_in(model_, object), .nodes = {}});
  return called(layers_.back(), {std::move(x)}, std::move(keywords));
}

FunctionalForm::Tensor FunctionalForm::inner(const Json& object, Json& inputs) {
  const Json config = functional_config(model_, object);
  for (const Json& layer : config["layers"].items()) {
    if (layer["class_name"] == Json(kInputLayer))
      layers_.push_back({.object = layer, .name = layer["config"]["name"].as_string(), .nodes = {}});
  }
  inputs = tensors_of_ports(config["input_layers"]);
  inner_ = config["layers"];
  const Json* dtype = object["config"].find("dtype");
  dtype_ = dtype == nullptr ? Json() : *dtype;
  return add(object, inputs);
}

Json FunctionalForm::layer_of_inner(std::string_view name) const {
  for (const Json& layer : inner_.items()) {
    if (layer["config"]["name"] == Json(name))
      return shared_layer(model_, layer_json(layer["class_name"].as_string(), layer["config"]));
  }
  return nullptr;
}

FunctionalForm::Tensor FunctionalForm::call(const std::string& name, Tensor x, Members keywords) {
  const auto found = std::find_if(layers_.begin(), layers_.end(), [&](const Layer& layer) { return layer.name == name; });
  if (found == layers_.end()) throw ModelError(model_.where() + ": calls layer \"" + name + "\", which it does not have");
  return called(*found, {std::move(x)}, std::move(keywords));
}

FunctionalForm::Tensor FunctionalForm::operation(std::string_view class_name, const std::string& name,
                                                 std::vector<Json> arguments, Members keywords, Members config) {
  config.insert(config.begin(), {"name", name});
  Json object = Json::object({{"class_name", class_name}, {"module", "keras.src.ops.numpy"}});
  object.set("config", Json::object(std::move(config)));
  layers_.push_back({.object = std::move(object), .name = name, .nodes = {}});
  return called(layers_.back(), std::move(arguments), std::move(keywords));
}

FunctionalForm::Tensor FunctionalForm::step(const std::string& name, const Tensor& x, int64_t index) {
  Json key = Json::object({{"class_name", "__tuple__"}, {"items", json_list({slice_json(nullptr, nullptr), index})}});
  return operation("GetItem", name, {x, std::move(key)});
}

FunctionalForm::Tensor FunctionalForm::result(const Tensor& x, int64_t index) {
  return reference(history(x)[0].as_string(), history(x)[1].as_int(), index);
}

std::vector<size_t> FunctionalForm::order(const Json& outputs) const {
  std::map<std::string, size_t> index;
  for (size_t i = 0; i < layers_.size(); ++i) index.emplace(layers_[i].name, i);
  const auto calls_in = [&](const Json& tree) {
    std::vector<CallNumber> calls;
    for (const Json* tensor : references_in(tree)) {
      const std::string& name = history(*tensor)[0].as_string();
      const auto found = index.find(name);
      if (found == index.end()) throw ModelError(model_.where() + ": refers to layer \"" + name + "\", which it does not have");
      calls.emplace_back(found->second, static_cast<size_t>(history(*tensor)[1].as_int()));
    }
    return calls;
  };
  const auto needs = [&](const CallNumber& call) {
    const std::vector<Json>& nodes = layers_[call.first].nodes;
    return call.second < nodes.size() ? calls_in(nodes[call.second]) : std::vector<CallNumber>();
  };
  LayerOrder order(layers_.size(), needs);
  order.walk(calls_in(outputs));
  return order.by_depth();
}

Json FunctionalForm::config(const Json& inputs, const Json& outputs) const {
  Json layers = Json::array();
  for (const size_t i : order(outputs)) {
    const Layer& layer = layers_[i];
    Json object = layer.object;
    object.set("name", layer.name).set("inbound_nodes", json_list(layer.nodes));
    layers.push_back(std::move(object));
  }
  Json config = Json::object({{"name", value_of(model_, "name")}, {"trainable", value_of(model_, "trainable", true)}});
  config.set("layers", std::move(layers)).set("input_layers", ports(inputs)).set("output_layers", ports(outputs));
  return config;
}

}  // namespace keraunos::loader
