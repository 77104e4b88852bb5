// The message NodeDef: 1 name, 2 op, 3 input, 5 attr (a map: 1 key, 2 AttrValue). AttrValue: 1 list, 2 s, 3 i, 4 f, 5 b, 6 type,
// 7 shape, 8 tensor, 9 placeholder, 10 func; its ListValue has the same numbers, but 9 func. Shapes: 2 dim (1 size), 3
// unknown_rank. From tensorflow/core/framework/{node_def,attr_value,tensor_shape}.proto.
#include <array>

#include "keraunos/error.h"
#include "loader/files/protobuf.h"
#include "loader/tf/node.h"
#include "loader/tf/shape_message.h"

namespace keraunos::loader {
namespace {

using files::packed_integers;
using files::ProtoField;
using files::ProtoReader;
using Kind = NodeAttribute::Kind;

enum AttributeField : uint32_t {
  list = 1,
  text = 2,
  integer = 3,
  real = 4,
  boolean = 5,
  type = 6,
  shape = 7,
  tensor = 8,
  function_of_list = 9,
  function = 10
};

Arg shape_of(std::string_view message, const std::string& where) {
  Arg::List sizes;
  for (const int64_t size : sizes_of_shape(message, where).value_or(std::vector<int64_t>{})) sizes.push_back({size});
  return {std::move(sizes)};
}

// Appends one value of AttrValue, or all values of a field of its list, whose numbers may be packed.
void append_values(const ProtoField& field, const std::string& where, Arg::List& values) {
  switch (field.number) {
    case text: values.push_back({std::string(field.bytes)}); return;
    case shape: values.push_back(shape_of(field.bytes, where)); return;
    case real:
      if (field.kind != ProtoField::Kind::bytes) return values.push_back({double{field.as_float()}});
      for (size_t i = 0; i + 4 <= field.bytes.size(); i += 4) {
        const std::string one = '\x0d' + std::string(field.bytes.substr(i, 4));
        values.push_back({double{ProtoReader(one, where).next()->as_float()}});
      }
      return;
    default: break;
  }
  for (const int64_t number : packed_integers(field, where)) {
    if (field.number == type)
      values.push_back({std::string(dtype_name_of(number))});
    else if (field.number == boolean)
      values.push_back({number != 0});
    else
      values.push_back({number});
  }
}

std::string name_in(std::string_view function, const std::string& where) {
  std::string name;
  ProtoReader reader(function, where);
  while (const auto field = reader.next()) {
    if (field->number == 1) name = field->bytes;
  }
  return name;
}

NodeAttribute attribute_of(std::string name, std::string_view message, const std::string& where) {
  NodeAttribute attribute{.name = std::move(name)};
  ProtoReader reader(message, where);
  while (const auto field = reader.next()) {
    Arg::List values;
    if (field->number == tensor)
      return {.name = std::move(attribute.name), .kind = Kind::tensor, .value = {}, .message = field->bytes};
    if (field->number == function)
      return {.name = std::move(attribute.name), .kind = Kind::function, .value = {name_in(field->bytes, where)}};
    if (field->number > shape) return {.name = std::move(attribute.name), .kind = Kind::other};
    if (field->number != list) {
      append_values(*field, where, values);
      if (values.empty()) continue;
      attribute.value = std::move(values.front());
      if (field->number == shape) attribute.message = field->bytes;
      attribute.kind = field->number == type ? Kind::type : field->number == shape ? Kind::shape : Kind::value;
      continue;
    }
    ProtoReader items(field->bytes, where);
    while (const auto item = items.next()) {
      if (item->number == function_of_list) {
        attribute.kind = Kind::function;
        values.push_back({name_in(item->bytes, where)});
        continue;
      }
      if (item->number > shape) return {.name = std::move(attribute.name), .kind = Kind::other};
      if (item->number == type) attribute.kind = Kind::type;
      append_values(*item, where, values);
    }
    attribute.value = {std::move(values)};
  }
  return attribute;
}

}  // namespace

std::string_view dtype_name_of(int64_t tensorflow_type) {
  static constexpr std::array<std::string_view, 24> kNames{
      "", "float32", "float64",  "int32", "uint8", "int16",  "int8",       "string",  "complex64", "int64", "bool",   "",
      "", "",        "bfloat16", "",      "",      "uint16", "complex128", "float16", "",          "",      "uint32", "uint64"};
  constexpr int64_t kReference = 100;
  const int64_t plain = tensorflow_type > kReference ? tensorflow_type - kReference : tensorflow_type;
  return plain >= 0 && plain < static_cast<int64_t>(kNames.size()) ? kNames[static_cast<size_t>(plain)] : std::string_view();
}

GraphNode node_of_bytes(std::string_view bytes, const std::string& where) {
  GraphNode node;
  const std::string what = where + ": node_def";
  ProtoReader reader(bytes, what);
  while (const auto field = reader.next()) {
    if (field->number == 1) node.name = field->bytes;
    if (field->number == 2) node.op = field->bytes;
    if (field->number == 3) node.inputs.emplace_back(field->bytes);
    if (field->number != 5) continue;
    std::string key;
    std::string_view value;
    ProtoReader entry(field->bytes, where);
    while (const auto part = entry.next()) {
      if (part->number == 1) key = part->bytes;
      if (part->number == 2) value = part->bytes;
    }
    node.attributes.push_back(attribute_of(std::move(key), value, where));
  }
  return node;
}

}  // namespace keraunos::loader
