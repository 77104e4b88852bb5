#include "loader/ops/operation.h"

#include <algorithm>
#include <cmath>

#include "keraunos/error.h"
#include "loader/files/json.h"
#include "loader/ops/literal.h"

namespace keraunos::loader {
namespace {

using files::Json;

Arg argument_of(const Json& json) {
  switch (json.kind()) {
    case Json::Kind::null: return {};
    case Json::Kind::boolean: return {json.as_bool()};
    case Json::Kind::integer: return {json.as_int()};
    case Json::Kind::real: return {json.as_double()};
    case Json::Kind::string: return {json.as_string()};
    case Json::Kind::array: {
      Arg::List list;
      for (const Json& item : json.items()) list.push_back(argument_of(item));
      return {std::move(list)};
    }
    case Json::Kind::object: break;
  }
  // {"class_name": "__numpy__" or "__tensor__", "config": {"value": …}}, or a dtype policy {"config": {"name": …}}.
  const Json* config = json.find("config");
  if (config != nullptr && config->is_object()) {
    if (const Json* value = config->find("value")) return argument_of(*value);
    if (const Json* name = config->find("name")) return argument_of(*name);
  }
  throw ModelError("expected a number, a list or an array, found " + json.dump().substr(0, 80));
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

// Numbers of a nested list, row by row; false for a ragged list or anything but numbers.
bool flatten(const Arg& argument, size_t depth, std::vector<int64_t>& sizes, std::vector<double>& values, bool& integral) {
  if (const Arg::List* list = argument.list()) {
    if (sizes.size() == depth) sizes.push_back(static_cast<int64_t>(list->size()));
    if (sizes[depth] != static_cast<int64_t>(list->size())) return false;
    return std::all_of(list->begin(), list->end(), [&](const Arg& item) { return flatten(item, depth + 1, sizes, values, integral); });
  }
  if (sizes.size() != depth) return false;
  if (const bool* flag = std::get_if<bool>(&argument.value)) values.push_back(*flag ? 1 : 0);
  else if (const int64_t* whole = std::get_if<int64_t>(&argument.value)) values.push_back(static_cast<double>(*whole));
  else if (const double* real = std::get_if<double>(&argument.value)) values.push_back(*real), integral = false;
  else return false;
  return true;
}

int category(DType type) { return type == DType::boolean ? 0 : is_floating(type) ? 2 : 1; }

}  // namespace

DType promoted(DType a, DType b) {
  if (a == b) return a;
  if (category(a) != category(b)) return category(a) > category(b) ? a : b;
  if ((a == DType::float16 && b == DType::bfloat16) || (a == DType::bfloat16 && b == DType::float16)) return DType::float32;
  return size_of(a) >= size_of(b) ? a : b;
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

const Arg* OperationCall::find(size_t parameter) {
  const auto given = [](const Arg* argument) { return argument != nullptr && !argument->is_none() ? argument : nullptr; };
  if (parameter < l.arguments().size()) {
    if (const Arg* found = given(&l.arguments()[parameter])) return found;
  }
  for (std::string_view name : alternatives(operation_.parameters.at(parameter))) {
    if (const Arg* found = given(l.keyword(name))) return found;
    if (!is_keras3()) continue;
    if (const Json* json = l.config().find(name)) {
      from_config_.push_back(std::make_shared<Arg>(argument_of(*json)));
      return given(from_config_.back().get());
    }
  }
  return nullptr;
}

Value OperationCall::tensor(size_t parameter, std::optional<DType> like) {
  const Arg* argument = find(parameter);
  if (argument == nullptr) l.refuse("is called without \"" + operation_.parameters.at(parameter) + '"');
  if (const Traced* traced = argument->tensor()) return traced->value;
  std::vector<int64_t> sizes;
  std::vector<double> values;
  bool integral = true;
  if (!flatten(*argument, 0, sizes, values, integral)) {
    // A list with tensors in it is what tf.stack makes of it.
    if (argument->list() == nullptr) l.refuse("expects a tensor or numbers for \"" + operation_.parameters.at(parameter) + '"');
    std::vector<Value> parts;
    for (Value v : tensors(parameter)) parts.push_back(l.expand_dims(v, 0));
    return l.concatenate(parts, 0);
  }
  DType type = like.value_or(integral ? DType::int32 : DType::float32);
  if (!integral && !is_floating(type)) type = DType::float32;
  if (sizes.empty()) return l.scalar(values[0], type);
  const Dims dims{std::span<const int64_t>(sizes)};
  const bool fit = std::all_of(values.begin(), values.end(), [](double value) { return std::abs(value) <= Range::kMostExtent; });
  if (integral && type == DType::int32 && !fit)
    l.refuse("is given a number that int32 does not hold as \"" + operation_.parameters.at(parameter) + '"');
  if (integral && type == DType::int32) return l.constant(TensorView(std::vector<int32_t>(values.begin(), values.end()), dims));
  return l.cast(l.constant(TensorView(values, dims)), type);
}

std::vector<Value> OperationCall::tensors(size_t parameter) {
  const Arg* argument = find(parameter);
  if (argument == nullptr) l.refuse("is called without \"" + operation_.parameters.at(parameter) + '"');
  if (const Traced* traced = argument->tensor()) return {traced->value};
  if (argument->list() == nullptr) l.refuse("expects a list of tensors");
  if (argument->list()->empty()) l.refuse("is called with an empty list of tensors");
  std::optional<DType> type;
  for (const Arg& item : *argument->list()) {
    if (const Traced* traced = item.tensor()) type = type ? promoted(*type, l.dtype(traced->value)) : l.dtype(traced->value);
  }
  std::vector<Value> all;
  for (const Arg& item : *argument->list()) {
    if (const Traced* traced = item.tensor()) {
      all.push_back(l.cast(traced->value, *type));
    } else if (const auto whole = known_integer(l, item)) {
      all.push_back(l.scalar(static_cast<double>(*whole), type.value_or(DType::int32)));
    } else if (const double* real = std::get_if<double>(&item.value)) {
      all.push_back(l.scalar(*real, type.value_or(DType::float32)));
    } else {
      l.refuse("expects a list of tensors and numbers");
    }
  }
  return all;
}

std::pair<Value, Value> OperationCall::operands(size_t first, size_t second) {
  const auto dtype_at = [&](size_t parameter) -> std::optional<DType> {
    const Arg* argument = find(parameter);
    const Traced* traced = argument ? argument->tensor() : nullptr;
    return traced ? std::optional(l.dtype(traced->value)) : std::nullopt;
  };
  const Value a = tensor(first, dtype_at(second)), b = tensor(second, dtype_at(first));
  const DType type = promoted(l.dtype(a), l.dtype(b));
  return {l.cast(a, type), l.cast(b, type)};
}

int64_t OperationCall::integer(size_t parameter, int64_t otherwise) {
  const Arg* argument = find(parameter);
  if (argument == nullptr) return otherwise;
  const auto known = known_integer(l, *argument);
  if (!known) l.refuse("expects an integer known beforehand for \"" + operation_.parameters.at(parameter) + '"');
  return *known;
}

double OperationCall::number(size_t parameter, double otherwise) {
  const Arg* argument = find(parameter);
  if (argument == nullptr) return otherwise;
  if (const double* real = std::get_if<double>(&argument->value)) return *real;
  return static_cast<double>(integer(parameter, 0));
}

bool OperationCall::flag(size_t parameter, bool otherwise) {
  const Arg* argument = find(parameter);
  const bool* flag = argument ? std::get_if<bool>(&argument->value) : nullptr;
  return flag ? *flag : otherwise;
}

std::optional<std::string> OperationCall::text(size_t parameter) {
  const Arg* argument = find(parameter);
  const std::string* text = argument ? std::get_if<std::string>(&argument->value) : nullptr;
  return text ? std::optional(*text) : std::nullopt;
}

std::optional<std::vector<int64_t>> OperationCall::integers(size_t parameter) {
  const Arg* argument = find(parameter);
  if (argument == nullptr) return std::nullopt;
  std::vector<int64_t> all;
  const auto refuse = [&] { l.refuse("expects integers known beforehand for \"" + operation_.parameters.at(parameter) + '"'); };
  if (const Traced* traced = argument->tensor()) {
    const auto values = literal_of(l, traced->value);
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

std::vector<int> OperationCall::axes(size_t parameter, int rank) {
  std::vector<int> result;
  const auto given = integers(parameter);
  for (int axis = 0; !given && axis < rank; ++axis) result.push_back(axis);
  for (int64_t axis : given.value_or(std::vector<int64_t>{})) {
    const int64_t position = axis < 0 ? axis + rank : axis;
    if (position < 0 || position >= rank) l.refuse("names axis " + std::to_string(axis) + " of a tensor of rank " + std::to_string(rank));
    result.push_back(static_cast<int>(position));
  }
  std::sort(result.begin(), result.end());
  return result;
}

int OperationCall::axis(size_t parameter, int rank, int otherwise) {
  const int64_t axis = integer(parameter, otherwise);
  const int64_t position = axis < 0 ? axis + rank : axis;
  if (position < 0 || position >= rank) l.refuse("names axis " + std::to_string(axis) + " of a tensor of rank " + std::to_string(rank));
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
