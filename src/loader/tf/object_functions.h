// The functions that a SavedModel's objects have as attributes: what tf.saved_model.load(folder).generate_one_step calls. They
// serve files without signatures.
#pragma once

#include <string>
#include <vector>

#include "loader/tf/function_model.h"
#include "loader/tf/meta_graph.h"
#include "loader/tf/object_graph.h"

namespace keraunos::loader {

/// One trace of a function: its tensors, and the values of its other arguments.
struct ObjectFunction {
  std::string concrete;                ///< the function's name in the graph
  ServingSignature signature;          ///< by position; an input's tensor is a node Placeholder, a result's one of the call
  std::vector<std::string> arguments;  ///< "inputs string (None,)", "None", for messages
  bool trains = false;                 ///< an argument is true, such as `training`
};

/// The functions of the root object by name, or those of its attributes where it has none ("encoder/__call__").
std::vector<std::string> object_function_names(const ObjectGraph& objects);

/// The function of that name; ":1" after it chooses a trace. ModelError where there is none, where several traces differ and none
/// is chosen, and where an argument or result is no tensor of a type that is supported.
ObjectFunction object_function(const MetaGraph& parts, const ObjectGraph& objects, const std::string& name,
                               const std::string& what);

/// True where object_function() would find a function of that name.
bool has_object_function(const ObjectGraph& objects, const std::string& name);

/// Nodes for the graph that call the function with placeholders and with the objects that it captured.
std::vector<GraphNode> call_nodes(const MetaGraph& parts, const ObjectGraph& objects, const ObjectFunction& function,
                                  const std::string& what);

}  // namespace keraunos::loader
