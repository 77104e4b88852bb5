// One node of a TensorFlow graph: an operation of TensorFlow's own list ("Conv2D") with its inputs and attributes, as the
// protobuf message NodeDef holds it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "keraunos/layer.h"
#include "loader/files/json.h"

namespace keraunos::loader {

struct NodeAttribute {
  enum class Kind : uint8_t { value, type, shape, tensor, function, other };
  std::string name;
  Kind kind = Kind::value;
  Arg value{};  ///< a dtype by Keras's name, a shape as a list (-1: unknown); the name of a function; none where the
                ///< kind is `tensor` or `other`
  std::string_view message{};  ///< of a tensor, inside the bytes that were given
};

struct GraphNode {
  std::string name, op;
  std::vector<std::string> inputs;  ///< "name" or "name:output"; "^name" only orders
  std::vector<NodeAttribute> attributes;

  const NodeAttribute* find(std::string_view attribute) const;
};

/// A NodeDef as protobuf's JSON mapping writes it (Keras in TensorFlow 2.0 to 2.15), or as the text that its bytes are.
/// ModelError where it is neither; `where` names the layer.
GraphNode node_of_json(const files::Json& json, const std::string& where);
/// A NodeDef as protobuf's bytes.
GraphNode node_of_bytes(std::string_view bytes, const std::string& where);

/// Keras's name of a type of TensorFlow's list (1: "float32"), which has those of references 100 further on; empty for one that
/// Keras does not have.
std::string_view dtype_name_of(int64_t tensorflow_type);

}  // namespace keraunos::loader
