// Checks every operation of a function before the first is lowered, so that a message names everything that is missing.
#include <map>
#include <set>

#include "loader/tf/function_model.h"
#include "loader/tf/raw_operations.h"

namespace keraunos::loader {
namespace {

// Operations that lower_function.cpp handles itself.
bool is_structural(const std::string& op) {
  constexpr std::string_view kAll =
      " Assert Const Placeholder PlaceholderWithDefault NoOp VarHandleOp VariableV2 Variable ReadVariableOp "
      "ResourceGather PartitionedCall StatefulPartitionedCall If StatelessIf While StatelessWhile "
      "TensorListReserve TensorListFromTensor TensorListSetItem TensorListGetItem TensorListStack "
      "TensorListLength HashTableV2 MutableHashTableV2 LookupTableFindV2 LookupTableSizeV2 Identity IdentityN EnsureShape "
      "PreventGradient CheckNumerics Case StatelessCase AssignVariableOp AssignAddVariableOp AssignSubVariableOp TensorArrayV3 "
      "TensorArraySizeV3 TensorArrayReadV3 TensorArrayWriteV3 "
      "TensorArrayGatherV3 TensorArrayScatterV3 ";
  return kAll.find(' ' + op + ' ') != std::string_view::npos;
}

// Obstacles in a function and in those that it calls: unsupported operations, each with its count and a function that contains
// it.
struct Obstacles {
  struct Missing {
    int count = 0;
    std::string where;
  };
  std::map<std::string, Missing> operations;
  std::set<std::string> seen;

  void collect(const FunctionModel& model, const FunctionBody& body) {
    const std::string where = body.name.empty() ? "the graph" : body.name;
    for (const FunctionNode& node : body.nodes) {
      if (!is_structural(node.node.op) && !is_covered(node.node.op)) {
        Missing& one = operations[node.node.op];
        ++one.count;
        if (one.where.empty()) one.where = where;
      }
      for (const std::string& function : node.functions) {
        if (seen.insert(function).second) collect(model, model.functions->function(function));
      }
    }
  }
};

}  // namespace

void refuse_obstacles(Lowering& l, const FunctionModel& model) {
  Obstacles found;
  found.collect(model, model.graph);
  if (found.operations.empty()) return;
  std::string text;
  for (const auto& [op, one] : found.operations)
    text += (text.empty() ? "" : ", ") + op + " (" + std::to_string(one.count) + " in " + one.where + ')';
  l.refuse("computes operations of TensorFlow that are not supported: " + text);
}

}  // namespace keraunos::loader
