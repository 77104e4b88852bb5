// A table's object has the function "_initialize", which captures the table, its keys and its values, in this order. Keys and
// values are constants: nodes of the graph with the attribute "value", a TensorProto (1 dtype, 4 tensor_content, 8 string_val, 10
// int64_val, from tensorflow/core/framework/tensor.proto).
#include "loader/tf/vocabulary.h"

#include <algorithm>
#include <cstring>
#include <map>

#include "keraunos/error.h"
#include "loader/files/protobuf.h"

namespace keraunos::loader {
namespace {

using files::ProtoReader;

struct Constant {
  std::vector<std::string> texts;
  std::vector<int64_t> integers;
};

class Vocabularies {
 public:
  Vocabularies(std::string_view graph, std::string what) : graph_(graph), what_(std::move(what)) {}

  // One token per line, in the order of their indices.
  std::string lines(const std::string& keys_node, const std::string& values_node) const {
    Constant keys = constant(keys_node), values = constant(values_node);
    // The table maps indices to words.
    if (keys.integers.empty() != values.integers.empty() && !values.texts.empty()) std::swap(keys, values);
    std::vector<std::string> tokens = std::move(keys.texts);
    for (const int64_t integer : keys.integers) tokens.push_back(std::to_string(integer));
    if (tokens.size() != values.integers.size())
      refuse("a vocabulary has " + std::to_string(tokens.size()) + " words and " + std::to_string(values.integers.size()) +
             " indices");
    std::vector<size_t> order(tokens.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return values.integers[a] < values.integers[b]; });
    std::string text;
    for (size_t i = 0; i < order.size(); ++i) {
      if (values.integers[order[i]] - values.integers[order[0]] != static_cast<int64_t>(i))
        refuse("a vocabulary's indices have gaps");
      if (tokens[order[i]].find('\n') != std::string::npos) refuse("a word of a vocabulary has two lines");
      text += tokens[order[i]] + '\n';
    }
    return text;
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const { throw ModelError(what_ + ": " + why + ", which is not supported"); }

  Constant constant(const std::string& name) const {
    ProtoReader nodes(graph_, what_);
    while (const auto field = nodes.next()) {
      if (field->number != 1) continue;
      std::string_view node_name, value;
      ProtoReader node(field->bytes, what_);
      while (const auto part = node.next()) {
        if (part->number == 1) node_name = part->bytes;
        if (part->number == 5 && node_name == name) value = attribute_value(part->bytes, value);
      }
      if (node_name == name) return tensor(value);
    }
    refuse("the constant \"" + name + "\" of a vocabulary is not in the graph");
  }

  // The tensor of an entry {1 "value", 2 AttrValue {8 tensor}}; for other entries `before`.
  std::string_view attribute_value(std::string_view entry, std::string_view before) const {
    std::string_view key, found = before;
    ProtoReader reader(entry, what_);
    while (const auto part = reader.next()) {
      if (part->number == 1) key = part->bytes;
      if (part->number != 2 || key != "value") continue;
      ProtoReader value(part->bytes, what_);
      while (const auto kind = value.next()) {
        if (kind->number == 8) found = kind->bytes;
      }
    }
    return found;
  }

  Constant tensor(std::string_view message) const {
    Constant constant;
    std::string_view content;
    int64_t elements = 1;
    ProtoReader reader(message, what_);
    while (const auto field = reader.next()) {
      if (field->number == 2) elements = elements_in(field->bytes);
      if (field->number == 4) content = field->bytes;
      if (field->number == 8) constant.texts.emplace_back(field->bytes);
      if (field->number != 10) continue;
      for (const int64_t integer : files::packed_integers(*field, what_)) constant.integers.push_back(integer);
    }
    for (size_t at = 0; at + sizeof(int64_t) <= content.size(); at += sizeof(int64_t)) {
      int64_t integer = 0;
      std::memcpy(&integer, content.data() + at, sizeof integer);
      constant.integers.push_back(integer);
    }
    // A tensor of equal values states the value once.
    const size_t stated = std::max(constant.texts.size(), constant.integers.size());
    if (elements < 0 || static_cast<size_t>(elements) != stated)
      refuse("a constant of a vocabulary states " + std::to_string(stated) + " of its " + std::to_string(elements) + " elements");
    return constant;
  }

  int64_t elements_in(std::string_view shape) const {
    int64_t elements = 1;
    ProtoReader reader(shape, what_);
    while (const auto field = reader.next()) {
      if (field->number != 2) continue;
      ProtoReader dim(field->bytes, what_);
      while (const auto part = dim.next()) {
        constexpr int64_t kMost = int64_t{1} << 31;
        if (part->number == 1)
          elements = part->as_int() < 0 || part->as_int() > kMost || elements > kMost ? -1 : elements * part->as_int();
      }
    }
    return elements;
  }

  std::string_view graph_;
  std::string what_;
};

}  // namespace

Assets vocabularies_of(std::shared_ptr<const std::string> text, std::string_view graph,
                       std::shared_ptr<const ObjectGraph> objects, const std::string& what) {
  return [text = std::move(text), graph, objects = std::move(objects), what](
             const std::string& inner_path, const std::string& file) -> std::optional<std::string> {
    if (file != "vocabulary.txt") return std::nullopt;
    const int table = objects->child(objects->descendant(0, inner_path), "lookup_table");
    const int initialize = objects->child(table, "_initialize");
    if (initialize < 0) return std::nullopt;
    const std::vector<int>& captured = objects->nodes()[static_cast<size_t>(initialize)].captured;
    if (captured.size() != 3 || captured[0] != table) return std::nullopt;
    const std::string& keys = objects->nodes()[static_cast<size_t>(captured[1])].constant;
    const std::string& values = objects->nodes()[static_cast<size_t>(captured[2])].constant;
    if (keys.empty() || values.empty()) return std::nullopt;
    return Vocabularies(graph, what).lines(keys, values);
  };
}

}  // namespace keraunos::loader
