// StructuredValue: 1 none, 11 float64, 12 int64, 13 string, 14 bool, 31 shape, 32 dtype, 33 tensor_spec and 35
// bounded_tensor_spec {1 name, 2 shape, 3 dtype}, 34 type_spec {3 type_spec_class_name}, 51 list and 52 tuple {1 values}, 53 dict
// {1 fields (a map)}, 54 named_tuple {2 values {1 key, 2 value}}. From tensorflow/core/protobuf/struct.proto.
#include "loader/tf/structured_value.h"

#include <map>

#include "keraunos/error.h"
#include "loader/files/protobuf.h"
#include "loader/tf/meta_graph.h"
#include "loader/tf/shape_message.h"

namespace keraunos::loader {
namespace {

using files::ProtoField;
using files::ProtoReader;

constexpr int kDeepestValues = 32;

std::string text_of_shape(const SignaturePort& port) {
  if (!port.shape) return "of any shape";
  std::string text = "(";
  for (const auto& size : *port.shape) text += (text.size() == 1 ? "" : ", ") + (size ? std::to_string(*size) : "None");
  return text + (port.shape->size() == 1 ? ",)" : ")");
}

StructuredLeaf tensor_leaf(std::string_view message, std::string path, const std::string& what) {
  StructuredLeaf leaf{.path = std::move(path), .tensor = {}, .text = {}};
  SignaturePort port;
  port.shape.emplace();
  std::optional<DType> dtype;
  ProtoReader reader(message, what);
  while (const auto field = reader.next()) {
    if (field->number == 1) port.key = field->bytes;
    if (field->number == 2) port.shape = shape_of_port(field->bytes, what);
    if (field->number == 3) dtype = dtype_named(dtype_name_of(field->as_int()));
  }
  if (!dtype) {
    leaf.text = "a tensor of a type that is not supported";
    return leaf;
  }
  port.dtype = *dtype;
  leaf.text = std::string(name_of(port.dtype)) + ' ' + text_of_shape(port);
  leaf.tensor = std::move(port);
  return leaf;
}

class Flattening {
 public:
  explicit Flattening(const std::string& what) : what_(what) {}

  void add(std::string_view message, const std::string& path, int depth) {
    if (depth > kDeepestValues) throw ModelError(what_ + ": the arguments of a function are nested too deep");
    ProtoReader reader(message, what_);
    while (const auto field = reader.next()) add(*field, path, depth);
  }

  std::vector<StructuredLeaf> leaves;

 private:
  void value(const std::string& path, std::string text) { leaves.push_back({path, {}, std::move(text), true}); }

  void add(const ProtoField& field, const std::string& path, int depth) {
    switch (field.number) {
      case 1: value(path, "None"); break;
      case 11: value(path, std::to_string(field.as_double())); break;
      case 12:  // zigzag
        value(path, std::to_string(static_cast<int64_t>(field.integer >> 1) ^ -static_cast<int64_t>(field.integer & 1)));
        break;
      case 13: value(path, '\'' + std::string(field.bytes) + '\''); break;
      case 14: value(path, field.integer != 0 ? "True" : "False"); break;
      case 31: value(path, "a shape"); break;
      case 32: value(path, "a dtype"); break;
      case 33:
      case 35: leaves.push_back(tensor_leaf(field.bytes, path, what_)); break;
      case 34: leaves.push_back({path, {}, "a tensor that is not dense", false}); break;
      case 51:
      case 52: add_list(field.bytes, path, depth); break;
      case 53: add_dictionary(field.bytes, path, depth); break;
      case 54: add_named(field.bytes, path, depth); break;
      default: break;
    }
  }

  static std::string below(const std::string& path, const std::string& key) { return path.empty() ? key : path + '/' + key; }

  void add_list(std::string_view message, const std::string& path, int depth) {
    size_t place = 0;
    ProtoReader reader(message, what_);
    while (const auto field = reader.next()) {
      if (field->number == 1) add(field->bytes, below(path, std::to_string(place++)), depth + 1);
    }
  }

  void add_dictionary(std::string_view message, const std::string& path, int depth) {
    std::map<std::string, std::string_view> sorted;
    ProtoReader reader(message, what_);
    while (const auto field = reader.next()) {
      if (field->number == 1) sorted.insert(map_entry(field->bytes, what_));
    }
    for (const auto& [key, inner] : sorted) add(inner, below(path, key), depth + 1);
  }

  void add_named(std::string_view message, const std::string& path, int depth) {
    ProtoReader reader(message, what_);
    while (const auto field = reader.next()) {
      if (field->number != 2) continue;
      const auto [key, inner] = map_entry(field->bytes, what_);
      add(inner, below(path, key), depth + 1);
    }
  }

  const std::string& what_;
};

}  // namespace

std::vector<StructuredLeaf> leaves_of(std::string_view message, const std::string& what) {
  Flattening flat(what);
  flat.add(message, {}, 0);
  return std::move(flat.leaves);
}

}  // namespace keraunos::loader
