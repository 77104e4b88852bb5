// One node of a TensorFlow graph: an operation from TensorFlow's list ("Conv2D") with its inputs and attributes, as in the
// protobuf message NodeDef.
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
  /// A dtype by Keras's name, a shape as a list (-1: unknown), the name of a function; none where the kind is `tensor` or
  /// `other`.
  Arg value{};
  std::string_view message{};  ///< of a tensor or a binary shape, inside the given bytes
};

struct GraphNode {
  std::string name, op;
  std::vector<std::string> inputs;  ///< "name" or "name:output"; "^name" is a control input
  std::vector<NodeAttribute> attributes;

  const NodeAttribute* find(std::string_view attribute) const;
};

/// Reads a NodeDef in protobuf's JSON mapping (Keras in TensorFlow 2.0 to 2.15), or as a text of its bytes. ModelError where it
/// is neither; `where` names the layer.
GraphNode node_of_json(const files::Json& json, const std::string& where);
/// Reads a NodeDef in protobuf's binary format.
GraphNode node_of_bytes(std::string_view bytes, const std::string& where);

/// Keras's name for a type number of TensorFlow (1: "float32"); reference types have the same numbers plus 100. Empty for types
/// that Keras does not have.
std::string_view dtype_name_of(int64_t tensorflow_type);

}  // namespace keraunos::loader
