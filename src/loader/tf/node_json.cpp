// Protobuf's JSON mapping: 64-bit integers are texts, bytes are base64, NaN and infinities are texts.
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "keraunos/error.h"
#include "loader/files/base64.h"
#include "loader/tf/node.h"

namespace keraunos::loader {
namespace {

using files::Json;
using Kind = NodeAttribute::Kind;

constexpr std::array<std::pair<std::string_view, std::string_view>, 14> kTypes{{{"DT_FLOAT", "float32"},
                                                                                {"DT_DOUBLE", "float64"},
                                                                                {"DT_INT32", "int32"},
                                                                                {"DT_UINT8", "uint8"},
                                                                                {"DT_INT16", "int16"},
                                                                                {"DT_INT8", "int8"},
                                                                                {"DT_STRING", "string"},
                                                                                {"DT_INT64", "int64"},
                                                                                {"DT_BOOL", "bool"},
                                                                                {"DT_BFLOAT16", "bfloat16"},
                                                                                {"DT_UINT16", "uint16"},
                                                                                {"DT_HALF", "float16"},
                                                                                {"DT_UINT32", "uint32"},
                                                                                {"DT_UINT64", "uint64"}}};

class Reading {
 public:
  explicit Reading(const std::string& where) : where_(where) {}

  NodeAttribute attribute(const std::string& name, const Json& json) const {
    if (!json.is_object() || json.size() != 1) refuse("the attribute \"" + name + "\" is no value of one kind");
    const auto& [key, value] = json.members()[0];
    if (key == "type") return {name, Kind::type, {type(value)}};
    if (key == "shape") return {name, Kind::shape, shape(value)};
    if (key == "list") return list(name, value);
    if (key == "tensor" || key == "func" || key == "placeholder") return {name, Kind::other, {}};
    return {name, Kind::value, scalar(key, value)};
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const { throw ModelError(where_ + ": in its node_def " + what); }

  std::string type(const Json& value) const {
    for (const auto& [name, keras] : kTypes) {
      if (value.as_string() == name) return std::string(keras);
    }
    return value.as_string();  // a dtype that Keras does not have: reported where it is used
  }

  int64_t integer(const Json& value) const {
    if (!value.is_string()) return value.as_int();
    const std::string& text = value.as_string();
    int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) refuse("\"" + text + "\" is no integer");
    return number;
  }

  double real(const Json& value) const {
    if (!value.is_string()) return value.as_double();
    if (value.as_string() == "Infinity") return std::numeric_limits<double>::infinity();
    if (value.as_string() == "-Infinity") return -std::numeric_limits<double>::infinity();
    if (value.as_string() == "NaN") return std::numeric_limits<double>::quiet_NaN();
    refuse("\"" + value.as_string() + "\" is no number");
  }

  Arg shape(const Json& value) const {
    Arg::List sizes;
    const Json* dims = value.find("dim");
    for (const Json& dim : dims == nullptr ? std::span<const Json>{} : dims->items()) {
      const Json* size = dim.find("size");
      sizes.push_back({size == nullptr ? int64_t{0} : integer(*size)});
    }
    return {std::move(sizes)};
  }

  std::string bytes(const std::string& text) const {
    std::optional<std::string> found = files::from_base64(text);
    if (!found) refuse("\"" + text.substr(0, 40) + "\" is not base64");
    return std::move(*found);
  }

  Arg scalar(const std::string& key, const Json& value) const {
    if (key == "i") return {integer(value)};
    if (key == "f") return {real(value)};
    if (key == "b") return {value.as_bool()};
    if (key == "s") return {bytes(value.as_string())};
    refuse("a value is of the unknown kind \"" + key + "\"");
  }

  NodeAttribute list(const std::string& name, const Json& value) const {
    Arg::List all;
    if (value.size() > 1) refuse("the list \"" + name + "\" has values of two kinds");
    for (const auto& [key, items] : value.members()) {
      if (key == "tensor" || key == "func") return {name, Kind::other, {}};
      for (const Json& item : items.items())
        all.push_back(key == "type" ? Arg{type(item)} : key == "shape" ? shape(item) : scalar(key, item));
    }
    return {name, value.find("type") != nullptr ? Kind::type : Kind::value, {std::move(all)}};
  }

  const std::string& where_;
};

}  // namespace

const NodeAttribute* GraphNode::find(std::string_view attribute) const {
  for (const NodeAttribute& candidate : attributes) {
    if (candidate.name == attribute) return &candidate;
  }
  return nullptr;
}

GraphNode node_of_json(const Json& json, const std::string& where) {
  if (json.is_string()) return node_of_bytes(json.as_string(), where);
  GraphNode node;
  node.op = json["op"].as_string();
  if (const Json* name = json.find("name")) node.name = name->as_string();
  if (const Json* inputs = json.find("input")) {
    for (const Json& input : inputs->items()) node.inputs.push_back(input.as_string());
  }
  const Reading reading(where);
  if (const Json* attributes = json.find("attr")) {
    for (const auto& [name, value] : attributes->members()) node.attributes.push_back(reading.attribute(name, value));
  }
  return node;
}

}  // namespace keraunos::loader
