// Checks every operation of a function before the first is lowered, so that a message names everything that is missing.
#include <map>
#include <optional>
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

// The side of a conditional that always runs: its condition is an input of the graph that the signature leaves at its default,
// such as TensorFlow 1's learning phase.
std::optional<bool> choice(const FunctionModel& model, const FunctionBody& body, const FunctionNode& node) {
  if (!node.node.op.ends_with("If") || node.inputs.empty() || node.functions.size() != 2) return std::nullopt;
  const auto behind = [&](FunctionInput input, std::string_view op) {
    while (!input.is_argument && body.nodes[input.node].node.op == op && !body.nodes[input.node].inputs.empty())
      input = body.nodes[input.node].inputs[0];
    return input;
  };
  const FunctionInput at = behind(node.inputs[0], "Identity");
  if (at.is_argument || body.nodes[at.node].node.op != "PlaceholderWithDefault" || body.nodes[at.node].inputs.empty())
    return std::nullopt;
  for (const SignaturePort& port : model.signature.inputs) {
    if (port.tensor.substr(0, port.tensor.find(':')) == body.nodes[at.node].node.name) return std::nullopt;
  }
  const FunctionInput value = behind(body.nodes[at.node].inputs[0], "Identity");
  const auto& constant = value.is_argument ? nullptr : body.nodes[value.node].constant.tensor;
  if (constant == nullptr || constant->dtype() != DType::boolean || constant->dims().elements() != 1) return std::nullopt;
  return *static_cast<const bool*>(constant->data());
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
      const std::optional<bool> chosen = choice(model, body, node);
      for (size_t i = 0; i < node.functions.size(); ++i) {
        const std::string& function = node.functions[i];
        if (chosen && *chosen != (i == 0)) continue;
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
