// Operations of TensorFlow's own list, as nodes of graphs name them: computed by the bodies of the functions that TensorFlow's
// users call (loader/ops).
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "keraunos/layer.h"
#include "loader/tf/node.h"

namespace keraunos::loader {

/// An operation that a function computes.
struct RawOperation {
  std::string_view op, function;
  /// The function's parameter for each input: "x axis". "xs*" takes as many inputs as there are beside the others.
  std::string_view inputs;
  /// Attributes that are parameters of the function: "keep_dims=keepdims axis". Those that state types, and the number of inputs,
  /// follow from the inputs.
  std::string_view attributes = {};
  /// Attributes that change no result.
  std::string_view ignored = {};
};

std::span<const RawOperation> raw_operations();

/// The results of a node. Operations that no function computes alike have their bodies in loader/ops, named "raw_ops.<op>".
/// Refuses the layer where the operation is not covered.
std::vector<Traced> lower_node(Lowering& l, const GraphNode& node, std::vector<Arg> inputs);

/// Whether lower_node() knows the operation.
bool is_covered(std::string_view op);

/// A layer of Keras 2 that holds one node, and those of its inputs that are constant.
std::vector<Traced> lower_op_layer(Lowering& l);

}  // namespace keraunos::loader
