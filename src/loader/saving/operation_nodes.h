// Operations as nodes of Keras 3: where its classes stand, and calls of TensorFlow functions (TFOpLambda) as such operations.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "loader/keras/layer_graph.h"

namespace keraunos::loader {

/// "keras.src.ops.numpy": the module of an operation's class in Keras 3.15.
std::string module_of_operation(std::string_view class_name);

/// A call of an operation of keras.ops: constructor arguments and arguments of the call.
struct OperationNode {
  std::string class_name;
  std::vector<std::pair<std::string, Arg>> config;
  std::vector<Arg> arguments;
  Arg::Members keywords;
};

/// What a call of a TensorFlow function is in keras.ops, by the body that both have here. ConversionError where keras.ops has no
/// such function.
OperationNode operation_node(const LayerInstance& layer, const Call& call);

}  // namespace keraunos::loader
