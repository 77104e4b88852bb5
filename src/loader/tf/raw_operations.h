// Operations of TensorFlow's list, by their names in graph nodes: computed by the bodies of the public TensorFlow functions
// (loader/ops).
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "keraunos/layer.h"
#include "loader/tf/node.h"

namespace keraunos::loader {

/// An operation that is computed by a function.
struct RawOperation {
  std::string_view op, function;
  /// The function's parameter for each input: "x axis". "xs*" takes all inputs that remain besides the others.
  std::string_view inputs;
  /// Attributes that are parameters of the function: "keep_dims=keepdims axis". Attributes for types and for the number of inputs
  /// follow from the inputs.
  std::string_view attributes = {};
  /// Attributes that do not change the result.
  std::string_view ignored = {};
};

std::span<const RawOperation> raw_operations();

/// The names of an operation's outputs, "values indices", where it has several; otherwise empty. "values*types" is a list whose
/// length the attribute states.
std::string_view output_names(std::string_view op);
/// The number, among all outputs of the node, of the first with this name.
std::optional<size_t> first_output(const GraphNode& node, std::string_view name);
/// 0 where output_names() is empty.
size_t number_of_outputs(const GraphNode& node);

/// The results of a node. Operations that differ from all functions have their own bodies in loader/ops, named "raw_ops.<op>".
/// Refuses the layer where the operation is not covered.
std::vector<Traced> lower_node(Lowering& l, const GraphNode& node, std::vector<Arg> inputs);

/// True if lower_node() supports the operation.
bool is_covered(std::string_view op);

/// A layer of Keras 2 that holds one node, and the constants among its inputs.
std::vector<Traced> lower_op_layer(Lowering& l);

}  // namespace keraunos::loader
