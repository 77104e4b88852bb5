#include "loader/keras/nodes.h"

#include <algorithm>
#include <limits>

#include "keraunos/error.h"
#include "loader/keras/dtype_policy.h"
#include "loader/keras/json_tensor.h"
#include "loader/keras/shapes.h"

namespace keraunos::loader {

using files::Json;

namespace {

const Json kNull;

const Json& member(const Json& object, std::string_view key) {
  const Json* found = object.find(key);
  return found == nullptr ? kNull : *found;
}

// The type in a __keras_tensor__; null where it is incomplete; the graph does not need it.
std::shared_ptr<const TensorSpec> spec_in(const Json& config) {
  const auto shape = parse_shape(config.find("shape"));
  const Json* dtype = config.find("dtype");
  const std::optional<DType> type = dtype != nullptr && dtype->is_string() ? dtype_named(dtype->as_string()) : std::nullopt;
  if (!shape || !type) return nullptr;
  return std::make_shared<const TensorSpec>(TensorSpec{{}, *type, *shape});
}

template <class Tree, class Found>
void collect(Tree& tree, Found& found) {
  if (auto* traced = std::get_if<Traced>(&tree.value)) {
    found.push_back(traced);
  } else if (auto* list = std::get_if<Arg::List>(&tree.value)) {
    for (auto& item : *list) collect(item, found);
  } else if (auto* members = std::get_if<Arg::Members>(&tree.value)) {
    std::vector<size_t> order(members->size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return (*members)[a].name < (*members)[b].name; });
    for (size_t i : order) collect((*members)[i].value, found);
  }
}

}  // namespace

std::vector<const Traced*> tensor_leaves(const Arg& tree) {
  std::vector<const Traced*> found;
  collect(tree, found);
  return found;
}

std::vector<Traced*> tensor_leaves(Arg& tree) {
  std::vector<Traced*> found;
  collect(tree, found);
  return found;
}

int References::add(Reference reference) {
  entries.push_back({std::move(reference), nullptr});
  return static_cast<int>(entries.size()) - 1;
}

int References::add(std::shared_ptr<const Tensor> constant) {
  entries.push_back({{}, std::move(constant)});
  return static_cast<int>(entries.size()) - 1;
}

// Keras 2 writes an object, too, where the first argument is a dict.
bool is_keras3_node(const Json& json) {
  return json.is_object() && json.find("args") != nullptr && json.find("kwargs") != nullptr;
}

Node NodeReader::node(const Json& json, bool keeps_structure) {
  Node result;
  if (is_keras3_node(json)) {
    for (const Json& argument : member(json, "args").items()) result.arguments.push_back(value(argument, false));
    for (const auto& [key, argument] : member(json, "kwargs").members())
      result.keywords.emplace_back(key, value(argument, false));
    return result;
  }
  const Json* keywords = nullptr;
  Arg first = structure(json, keeps_structure, &keywords);
  if (const Arg::List* list = first.list();
      list != nullptr && list->size() == 1 && list->front().tensor() != nullptr && !keeps_structure) {
    first = Arg(list->front());
  }
  result.arguments.push_back(std::move(first));
  if (keywords == nullptr || !keywords->is_object()) return result;
  for (const auto& [key, argument] : keywords->members()) result.keywords.emplace_back(key, value(argument, true));
  return result;
}

Arg NodeReader::ports(const Json& json, Reference::Form form) {
  if (is_leaf(json)) return leaf(json, form);
  Arg result;
  if (json.is_array()) {
    Arg::List list;
    for (const Json& item : json.items()) list.push_back(ports(item, form));
    result.value = std::move(list);
  } else if (json.is_object()) {
    Arg::Members members;
    for (const auto& [key, item] : json.members()) members.emplace_back(key, ports(item, form));
    result.value = std::move(members);
  } else {
    throw ModelError(where_ + ": expected tensors [layer, node, tensor], found " + json.dump().substr(0, 80));
  }
  return result;
}

// [name, node, tensor] or [name, node, tensor, kwargs].
bool NodeReader::is_leaf(const Json& json) const {
  if (!json.is_array() || (json.size() != 3 && json.size() != 4)) return false;
  if (!json.at(0).is_string() || !json.at(1).is_int() || !json.at(2).is_int()) return false;
  if (json.size() == 4 && !json.at(3).is_object()) return false;
  return is_layer_(json.at(0).as_string());
}

// ["_CONSTANT_VALUE", -1, value, kwargs]
bool NodeReader::is_constant_leaf(const Json& json) const {
  return json.is_array() && json.size() >= 3 && json.at(0).is_string() && json.at(0).as_string() == "_CONSTANT_VALUE";
}

// [layer, node, tensor]; the numbers are indices of calls and tensors, which fit an int.
Reference NodeReader::reference(const Json& json, Reference::Form form) const {
  const auto number = [&](int64_t index) {
    const int64_t value = json.at(index).as_int();
    if (value >= -1 && value <= std::numeric_limits<int>::max()) return value;
    throw ModelError(where_ + ": refers to [\"" + json.at(0).as_string() + "\", " + std::to_string(json.at(1).as_int()) + ", " +
                     std::to_string(json.at(2).as_int()) + "], a tensor that does not exist");
  };
  return {.layer = json.at(0).as_string(), .node = number(1), .tensor = number(2), .form = form};
}

Arg NodeReader::leaf(const Json& json, Reference::Form form) { return tensor(reference(json, form)); }

// An array among the inputs of a layer is a tensor like the others; an operation gets the numbers, which take the dtype of the
// other operand.
Arg NodeReader::constant(const Json& json, bool keeps_structure) {
  const bool number = json.is_array() || json.is_number() || json.kind() == Json::Kind::boolean;
  if (keeps_structure || !number) return value(json, true);
  return {Traced{Value{references_.add(tensor_of_json(json, std::nullopt, where_))}, {}}};
}

// The first argument of a Keras 2 node. Every leaf repeats the keywords of the call.
Arg NodeReader::structure(const Json& json, bool keeps_structure, const Json** keywords) {
  const bool is_constant = is_constant_leaf(json);
  if (is_constant || is_leaf(json)) {
    if (*keywords == nullptr && json.size() == 4) *keywords = &json.at(3);
    return is_constant ? constant(json.at(2), keeps_structure) : leaf(json, Reference::Form::list);
  }
  if (json.is_array() && json.size() >= 2 && json.at(0).is_string() && json.at(1).is_int()) {
    throw ModelError(where_ + ": refers to layer \"" + json.at(0).as_string() + "\", which the model does not have");
  }
  Arg result;
  if (json.is_array()) {
    Arg::List list;
    for (const Json& item : json.items()) list.push_back(structure(item, keeps_structure, keywords));
    result.value = std::move(list);
    return result;
  }
  if (!json.is_object()) return value(json, true);
  Arg::Members members;
  for (const auto& [key, item] : json.members()) members.emplace_back(key, structure(item, keeps_structure, keywords));
  result.value = std::move(members);
  return result;
}

Arg NodeReader::value(const Json& json, bool in_list_form) {
  switch (json.kind()) {
    case Json::Kind::null: return {};
    case Json::Kind::boolean: return {json.as_bool()};
    case Json::Kind::integer: return {json.as_int()};
    case Json::Kind::real: return {json.as_double()};
    case Json::Kind::string: return {json.as_string()};
    case Json::Kind::object: return object(json, in_list_form);
    case Json::Kind::array: break;
  }
  if (in_list_form && is_leaf(json)) return leaf(json, Reference::Form::list);
  Arg::List list;
  for (const Json& item : json.items()) list.push_back(value(item, in_list_form));
  return {std::move(list)};
}

Arg NodeReader::slice(const Json& members, bool in_list_form) {
  auto parts = std::make_shared<Arg::Slice>();
  parts->start = value(member(members, "start"), in_list_form);
  parts->stop = value(member(members, "stop"), in_list_form);
  parts->step = value(member(members, "step"), in_list_form);
  return {std::shared_ptr<const Arg::Slice>(std::move(parts))};
}

Arg NodeReader::object(const Json& json, bool in_list_form) {
  const Json& class_name = member(json, "class_name");
  const Json& config = member(json, "config");
  if (!class_name.is_string()) {
    const bool is_slice = json.size() == 3 && json.find("start") && json.find("stop") && json.find("step");
    if (is_slice) return slice(json, in_list_form);
    Arg::Members members;
    for (const auto& [key, item] : json.members()) members.emplace_back(key, value(item, in_list_form));
    return {std::move(members)};
  }
  const std::string& name = class_name.as_string();
  if (name == "__ellipsis__") return {Arg::Ellipsis{}};
  if (name == "__tuple__" || name == "TensorShape") return value(member(json, "items"), in_list_form);
  if (name == "__slice__") return slice(config, in_list_form);
  if (name == "__bytes__") return value(member(config, "value"), in_list_form);
  if (name == "__keras_tensor__") {
    const Json& history = member(config, "keras_history");
    const bool names_tensor = history.is_array() && history.size() == 3 && history.at(0).is_string() && history.at(1).is_int() &&
                              history.at(2).is_int();
    if (!names_tensor) throw ModelError(where_ + ": a tensor without keras_history");
    Reference found = reference(history, Reference::Form::dict);
    found.spec = spec_in(config);
    return tensor(std::move(found));
  }
  if (name == "__tensor__" || name == "__numpy__") {
    const Json& dtype = member(config, "dtype");
    const std::optional<DType> type = dtype.is_string() ? dtype_named(dtype.as_string()) : std::nullopt;
    return {Traced{Value{references_.add(tensor_of_json(member(config, "value"), type, where_))}, {}}};
  }
  if (config.is_object() && config.find("name") != nullptr && config.size() == 1)
    return value(member(config, "name"), in_list_form);  // a policy
  return value(config, in_list_form);                    // "function": its name
}

}  // namespace keraunos::loader
