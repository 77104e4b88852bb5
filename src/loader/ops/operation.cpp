#include "loader/ops/operation.h"

#include <algorithm>

#include "host/graph/graph.h"
#include "keraunos/error.h"
#include "loader/files/json.h"
#include "loader/keras/dtype_policy.h"
#include "loader/keras/json_tensor.h"
#include "loader/ops/argument_text.h"
#include "loader/ops/literal.h"

namespace keraunos::loader {
namespace {

using files::Json;

// {"class_name": "__numpy__" or "__tensor__", "config": {"value": …, "dtype": …}}, a tuple, a dtype policy {"config": {"name":
// …}}, or a function {"class_name": "function", "config": "its name"}.
Arg object_of(Lowering& l, const Json& json) {
  if (const Json* items = json.find("items")) return argument_of(l, *items);
  const Json* config = json.find("config");
  if (config != nullptr && config->is_object()) {
    const Json *value = config->find("value"), *dtype = config->find("dtype"), *name = config->find("name");
    if (value != nullptr) {
      const auto type = dtype != nullptr && dtype->is_string() ? dtype_named(dtype->as_string()) : std::nullopt;
      return {Traced{l.constant(tensor_of_json(*value, type, l.config().where())), {}}};
    }
    if (name != nullptr) return argument_of(l, *name);
  }
  if (config != nullptr && config->is_string()) return {config->as_string()};
  throw ModelError(l.config().where() + ": expected a number, a list or an array, found " + json.dump().substr(0, 80));
}

// The element of a value of one element that is known during lowering.
std::optional<double> known_number(Lowering& l, const Arg& argument) {
  if (const double* real = std::get_if<double>(&argument.value)) return *real;
  if (const auto whole = known_integer(l, argument)) return static_cast<double>(*whole);
  const Traced* traced = argument.tensor();
  if (traced != nullptr && (l.dtype(traced->value) == DType::float32 || l.dtype(traced->value) == DType::float64)) {
    const auto known = literal_reals(l, traced->value);
    return known && known->size() == 1 ? std::optional((*known)[0]) : std::nullopt;
  }
  const Tensor* constant = traced ? host::graph_of(l).info(traced->value).constant.get() : nullptr;
  if (constant == nullptr || constant->dims().elements() != 1) return std::nullopt;
  switch (constant->dtype()) {
    case DType::float16: return static_cast<float>(constant->values<float16>()[0]);
    case DType::bfloat16: return static_cast<float>(constant->values<bfloat16>()[0]);
    default: return std::nullopt;
  }
}

}  // namespace

Arg argument_of(Lowering& l, const Json& json) {
  switch (json.kind()) {
    case Json::Kind::null: return {};
    case Json::Kind::boolean: return {json.as_bool()};
    case Json::Kind::integer: return {json.as_int()};
    case Json::Kind::real: return {json.as_double()};
    case Json::Kind::string: return {json.as_string()};
    case Json::Kind::object: return object_of(l, json);
    case Json::Kind::array: break;
  }
  Arg::List list;
  for (const Json& item : json.items()) list.push_back(argument_of(l, item));
  return {std::move(list)};
}

std::vector<std::string_view> alternatives(std::string_view names) {
  std::vector<std::string_view> all;
  for (size_t bar = names.find('|'); bar != std::string_view::npos; bar = names.find('|')) {
    all.push_back(names.substr(0, bar));
    names.remove_prefix(bar + 1);
  }
  all.push_back(names);
  return all;
}

std::optional<int64_t> known_integer(const Builder& builder, const Arg& argument) {
  if (const int64_t* whole = std::get_if<int64_t>(&argument.value)) return *whole;
  if (const bool* flag = std::get_if<bool>(&argument.value)) return *flag ? 1 : 0;
  if (const Traced* traced = argument.tensor()) {
    const auto values = literal_of(builder, traced->value);
    if (values && values->size() == 1) return (*values)[0];
  }
  return std::nullopt;
}

const Arg* OperationCall::keyword(std::string_view name) const {
  if (given_ == nullptr) return l.keyword(name);
  const auto found = std::find_if(given_->keywords.begin(), given_->keywords.end(),
                                  [&](const Arg::Member& member) { return member.name == name; });
  return found == given_->keywords.end() ? nullptr : &found->value;
}

// keras.ops store arguments that are no tensors in the config.
const Json* OperationCall::in_config(std::string_view name) const {
  return given_ == nullptr && is_keras3() ? l.config().json().find(name) : nullptr;
}

const Arg* OperationCall::stated(size_t parameter) {
  read_.insert(parameter);
  const bool by_position = operation_.positional != Operation::kVariadic && parameter < operation_.positional;
  if (by_position && parameter < arguments().size()) return &arguments()[parameter];
  for (std::string_view name : alternatives(operation_.parameters.at(parameter))) {
    if (const Arg* found = keyword(name)) return found;
    const Json* json = in_config(name);
    if (json == nullptr) continue;
    from_config_.push_back(std::make_shared<Arg>(argument_of(l, *json)));
    return from_config_.back().get();
  }
  return nullptr;
}

const Arg* OperationCall::find(size_t parameter) {
  const Arg* found = stated(parameter);
  return found != nullptr && !found->is_none() ? found : nullptr;
}

bool OperationCall::is_none(size_t parameter) {
  const Arg* found = stated(parameter);
  return found != nullptr && found->is_none();
}

std::string OperationCall::named(size_t parameter) const {
  std::string all;
  for (std::string_view name : alternatives(operation_.parameters.at(parameter)))
    all += (all.empty() ? "\"" : "\" or \"") + std::string(name);
  return all + '"';
}

bool OperationCall::was_read(std::string_view name) const {
  return std::any_of(read_.begin(), read_.end(), [&](size_t parameter) {
    const auto names = alternatives(operation_.parameters[parameter]);
    return std::find(names.begin(), names.end(), name) != names.end();
  });
}

void OperationCall::refuse_unless_harmless(std::string_view name, const Arg& argument) const {
  if (name == "name") return;
  std::string expected;
  for (const std::string& declared : operation_.harmless) {
    const size_t equals = declared.find('=');
    if (declared.substr(0, equals) != name && declared != "*=*") continue;
    for (std::string_view value : alternatives(std::string_view(declared).substr(equals + 1))) {
      if (value == "*" || equals_default(argument, value)) return;
      expected += (expected.empty() ? "; expected " : " or ") + std::string(value);
    }
  }
  l.refuse("gives " + name_ + " the argument \"" + std::string(name) + "\" = " + python_text(argument) +
           ", which is not supported" + expected);
}

void OperationCall::refuse_unread() {
  if (operation_.positional != Operation::kVariadic && arguments().size() > operation_.positional) {
    l.refuse("gives " + name_ + ' ' + std::to_string(arguments().size()) + " arguments; it takes " +
             std::to_string(operation_.positional));
  }
  for (size_t i = 0; operation_.positional != Operation::kVariadic && i < arguments().size(); ++i) {
    if (!read_.contains(i)) refuse_unless_harmless(alternatives(operation_.parameters.at(i)).front(), arguments()[i]);
  }
  for (const auto& [name, argument] : keywords()) {
    if (!was_read(name)) refuse_unless_harmless(name, argument);
  }
  if (given_ != nullptr || !is_keras3() || !l.config().json().is_object()) return;
  for (const auto& [name, value] : l.config().json().members()) {
    const bool of_any_layer = name == "trainable" || name == "dtype" || name == "build_config";
    if (!of_any_layer && !was_read(name)) refuse_unless_harmless(name, argument_of(l, value));
  }
}

int64_t OperationCall::integer(size_t parameter, int64_t otherwise) {
  const Arg* argument = find(parameter);
  if (argument == nullptr) return otherwise;
  const auto known = known_integer(l, *argument);
  if (!known) l.refuse("expects an integer known beforehand for " + named(parameter));
  return *known;
}

double OperationCall::number(size_t parameter, double otherwise) {
  const Arg* argument = find(parameter);
  if (argument == nullptr) return otherwise;
  const auto known = known_number(l, *argument);
  if (!known) l.refuse("expects a number known beforehand for " + named(parameter));
  return *known;
}

bool OperationCall::flag(size_t parameter, bool otherwise) {
  const Arg* argument = find(parameter);
  if (argument == nullptr) return otherwise;
  if (const bool* flag = std::get_if<bool>(&argument->value)) return *flag;
  const auto known = known_integer(l, *argument);
  if (!known) l.refuse("expects True or False for " + named(parameter) + ", found " + python_text(*argument));
  return *known != 0;
}

std::optional<std::string> OperationCall::text(size_t parameter) {
  const Arg* argument = find(parameter);
  if (argument == nullptr) return std::nullopt;
  const std::string* text = std::get_if<std::string>(&argument->value);
  if (text == nullptr) l.refuse("expects a text for " + named(parameter) + ", found " + python_text(*argument));
  return *text;
}

std::optional<std::vector<int64_t>> OperationCall::integers(size_t parameter) {
  const Arg* argument = find(parameter);
  if (argument == nullptr) return std::nullopt;
  std::vector<int64_t> all;
  const auto refuse = [&] { l.refuse("expects integers known beforehand for " + named(parameter)); };
  if (const Traced* traced = argument->tensor()) {
    auto values = literal_of(l, traced->value);
    if (!values) refuse();
    return values;
  }
  if (const auto whole = known_integer(l, *argument)) return std::vector<int64_t>{*whole};
  if (argument->list() == nullptr) refuse();
  for (const Arg& item : *argument->list()) {
    const auto known = known_integer(l, item);
    if (!known) refuse();
    all.push_back(*known);
  }
  return all;
}

Arg OperationCall::listed(size_t parameter) {
  const Arg* argument = find(parameter);
  if (argument == nullptr) return {};
  const Traced* traced = argument->tensor();
  const int rank = traced == nullptr ? 0 : l.rank(traced->value);
  const auto values = rank == 1 || rank == 2 ? literal_of(l, traced->value) : std::nullopt;
  if (!values) return *argument;
  Arg::List rows;
  const int64_t columns = rank == 2 ? l.dim(traced->value, 1).size : 1;
  for (size_t i = 0; i < values->size(); ++i) {
    if (rank == 1) {
      rows.push_back({(*values)[i]});
      continue;
    }
    if (static_cast<int64_t>(i) % columns == 0) rows.push_back({Arg::List{}});
    std::get<Arg::List>(rows.back().value).push_back({(*values)[i]});
  }
  return {std::move(rows)};
}

std::vector<int> OperationCall::ordered_axes(size_t parameter, int rank) {
  std::vector<int> result;
  const auto given = integers(parameter);
  for (int axis = 0; !given && axis < rank; ++axis) result.push_back(axis);
  for (int64_t axis : given.value_or(std::vector<int64_t>{})) {
    const int64_t position = axis < 0 ? axis + rank : axis;
    if (position < 0 || position >= rank)
      l.refuse("names axis " + std::to_string(axis) + " of a tensor of rank " + std::to_string(rank));
    result.push_back(static_cast<int>(position));
  }
  return result;
}

std::vector<int> OperationCall::axes(size_t parameter, int rank) {
  std::vector<int> result = ordered_axes(parameter, rank);
  std::sort(result.begin(), result.end());
  if (std::adjacent_find(result.begin(), result.end()) != result.end()) l.refuse("names one axis twice in " + named(parameter));
  return result;
}

int OperationCall::axis(size_t parameter, int rank, int otherwise) {
  const int64_t axis = integer(parameter, otherwise);
  const int64_t position = axis < 0 ? axis + rank : axis;
  if (position < 0 || position >= rank)
    l.refuse("names axis " + std::to_string(axis) + " of a tensor of rank " + std::to_string(rank));
  return static_cast<int>(position);
}

std::optional<DType> OperationCall::dtype(size_t parameter) {
  const auto name = text(parameter);
  std::optional<DType> found;
  for (int i = 0; name && i <= static_cast<int>(DType::string); ++i) {
    if (name_of(static_cast<DType>(i)) == *name) found = static_cast<DType>(i);
  }
  if (name && !found) l.refuse("names the dtype \"" + *name + "\", which is not supported");
  return found;
}

}  // namespace keraunos::loader
