// Operations as nodes of Keras 3: modules of its classes, and conversion of TensorFlow function calls (TFOpLambda) to them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "loader/keras/layer_graph.h"

namespace keraunos::loader {

/// "keras.src.ops.numpy": the module of an operation's class in Keras 3.15.
std::string module_of_operation(std::string_view class_name);

/// A call of an operation of keras.ops: arguments of the constructor and of the call.
struct OperationNode {
  std::string class_name;
  std::vector<std::pair<std::string, Arg>> config;
  std::vector<Arg> arguments;
  Arg::Members keywords;
};

/// The keras.ops node for a call of a TensorFlow function, found by the body that both share here. ConversionError where
/// keras.ops has no such function.
OperationNode operation_node(const LayerInstance& layer, const Call& call);

}  // namespace keraunos::loader
