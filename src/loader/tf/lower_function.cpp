// Lowers the nodes of a function's graph. Calls are inlined.
#include <algorithm>
#include <optional>

#include "host/graph/graph.h"
#include "keraunos/error.h"
#include "loader/layers/common/inner_graph.h"
#include "loader/ops/literal.h"
#include "loader/tf/assertions.h"
#include "loader/tf/function_lowering.h"
#include "loader/tf/raw_operations.h"

namespace keraunos::loader {
namespace {

constexpr size_t kMostNodes = 200'000;  // number of written nodes: nested calls and loops multiply

bool is_any(std::string_view op, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), op) != names.end();
}

}  // namespace

Wires FunctionLowering::run(const FunctionBody& body, const Wires& arguments) {
  if (arguments.size() != body.arguments.size())
    l_.refuse("calls the function " + body.name + " with " + std::to_string(arguments.size()) + " values; it takes " +
              std::to_string(body.arguments.size()));
  written_ += body.nodes.size() + 1;
  if (written_ > kMostNodes)
    l_.refuse("computes more than " + std::to_string(kMostNodes) +
              " nodes after unrolling loops and inlining calls, which is not supported");
  std::vector<Wires> results(body.nodes.size());
  const auto wire = [&](const FunctionInput& input, const std::string& reader) -> const Wire& {
    if (input.is_argument) return arguments[input.node];
    if (input.output >= results[input.node].size())
      l_.refuse("reads output " + std::to_string(input.output) + " of \"" + body.nodes[input.node].node.name + "\" in " + reader +
                ", which has " + std::to_string(results[input.node].size()));
    return results[input.node][input.output];
  };
  std::vector<Assertion> assertions;
  for (size_t i = 0; i < body.nodes.size(); ++i) {
    const FunctionNode& node = body.nodes[i];
    Wires inputs;
    for (const FunctionInput& input : node.inputs) inputs.push_back(wire(input, node.node.name));
    if (node.node.op == "Assert")
      assertions.push_back({node.node.name, tensor(node, inputs, 0)});
    else
      results[i] = named(node, inputs);
  }
  Wires all;
  for (const FunctionInput& input : body.results) all.push_back(wire(input, "its results"));
  const auto first = std::find_if(all.begin(), all.end(), [](const Wire& result) { return bool(result.tensor); });
  if (first != all.end()) first->tensor = asserted(l_, first->tensor, assertions);
  return all;
}

// Adds the node's name to errors of the Builder.
Wires FunctionLowering::named(const FunctionNode& node, const Wires& inputs) {
  try {
    return lower(node, inputs);
  } catch (const UsageError& error) {
    if (!node.functions.empty()) throw;  // the inner node was named already
    throw UsageError("node \"" + node.node.name + "\" (" + node.node.op + "): " + error.what());
  }
}

Wires FunctionLowering::lower(const FunctionNode& node, const Wires& inputs) {
  const std::string& op = node.node.op;
  if (op == "Const") return {{.tensor = constant(node)}};
  if (op == "PlaceholderWithDefault" && !is_fed(node.node.name)) return {{.tensor = tensor(node, inputs, 0)}};
  if (is_any(op, {"Placeholder", "PlaceholderWithDefault"})) return {{.tensor = placeholder(node.node.name)}};
  if (op == "VarHandleOp") return {{.variable = variable_of(node)}};
  if (is_any(op, {"VariableV2", "Variable"})) return {{.tensor = saved_leaf(l_, variable_of(node))}};
  if (op == "NoOp") return {};
  if (is_table(node.node)) return {{.table = table(node)}};
  if (op.starts_with("LookupTable")) return look_up(node, inputs);
  if (is_any(op, {"Identity", "IdentityN", "EnsureShape", "PreventGradient", "CheckNumerics"})) return inputs;
  if (is_any(op, {"ReadVariableOp", "ResourceGather"})) return read(node, inputs);
  if (op.starts_with("Assign")) return assign(node, inputs);
  if (is_any(op, {"PartitionedCall", "StatefulPartitionedCall"})) return run(function(node, 0, 1), inputs);
  if (is_any(op, {"If", "StatelessIf"})) return branch(node, inputs);
  if (is_any(op, {"Case", "StatelessCase"})) return chosen(node, tensor(node, inputs, 0), {inputs.begin() + 1, inputs.end()}, 0);
  if (is_any(op, {"While", "StatelessWhile"})) return loop(node, inputs);
  if (op.starts_with("TensorList")) return list(node, inputs);
  if (op.starts_with("TensorArray")) return array(node, inputs);
  return operation(node, inputs);
}

Value FunctionLowering::constant(const FunctionNode& node) {
  const auto& [tensor, imaginary] = node.constant;
  if (imaginary == nullptr) return l_.constant(tensor);
  return host::graph_of(l_).add_complex({l_.constant(tensor), l_.constant(imaginary)});
}

Wires FunctionLowering::operation(const FunctionNode& node, const Wires& inputs) {
  std::vector<Arg> operands;
  for (size_t i = 0; i < inputs.size(); ++i) operands.push_back({Traced{tensor(node, inputs, i), {}}});
  Wires results;
  for (const Traced& result : lower_node(l_, node.node, std::move(operands))) results.push_back({.tensor = known(result.value)});
  return results;
}

// Arithmetic on shapes is evaluated here, so that readers get known numbers.
Value FunctionLowering::known(Value v) {
  const DType type = l_.dtype(v);
  if (is_floating(type) || type == DType::string || host::graph_of(l_).info(v).constant != nullptr) return v;
  const auto literal = literal_of(l_, v);
  if (!literal) return v;
  return l_.cast(l_.constant(TensorView(*literal, l_.dims(v))), type);
}

Value FunctionLowering::tensor(const FunctionNode& node, const Wires& inputs, size_t i) {
  if (i >= inputs.size() || !inputs[i].tensor)
    l_.refuse("gives " + node.node.op + " (\"" + node.node.name + "\") no tensor as its input " + std::to_string(i));
  return inputs[i].tensor;
}

bool FunctionLowering::is_fed(const std::string& name) const {
  const auto& ports = model_.signature.inputs;
  return std::any_of(ports.begin(), ports.end(),
                     [&](const SignaturePort& port) { return port.tensor.substr(0, port.tensor.find(':')) == name; });
}

Value FunctionLowering::placeholder(const std::string& name) {
  const auto& ports = model_.signature.inputs;
  for (size_t i = 0; i < ports.size(); ++i) {
    if (ports[i].tensor.substr(0, ports[i].tensor.find(':')) == name) return inputs_.at(i).value;
  }
  l_.refuse("reads the placeholder \"" + name + "\", which is no input of the signature");
}

const std::string& FunctionLowering::variable_of(const FunctionNode& node) {
  const auto found = model_.variables.find(node.node.name);
  if (found == model_.variables.end())
    l_.refuse("has the variable \"" + node.node.name + "\" inside a function, which is not supported");
  return found->second;
}

Wires FunctionLowering::read(const FunctionNode& node, const Wires& inputs) {
  if (inputs.empty() || inputs[0].variable.empty()) l_.refuse("reads a variable in \"" + node.node.name + "\" that is not known");
  Wires operands = inputs;
  operands[0] = {.tensor = variable(node, inputs[0].variable)};
  if (node.node.op == "ReadVariableOp") return {operands[0]};
  const NodeAttribute* batch = node.node.find("batch_dims");
  const int64_t* dims = batch == nullptr ? nullptr : std::get_if<int64_t>(&batch->value.value);
  if (dims != nullptr && *dims != 0)
    l_.refuse("gathers with batch_dims = " + std::to_string(*dims) + " from a variable, which is not supported");
  return {{.tensor = l_.gather(operands[0].tensor, tensor(node, operands, 1))}};
}

std::shared_ptr<const text::KeyValues> FunctionLowering::table(const FunctionNode& node) {
  const auto found = model_.tables.find(node.node.name);
  if (found == model_.tables.end())
    l_.refuse("looks up in the table \"" + node.node.name + "\" (" + node.node.op +
              "), which the file's initialisation does not fill with constants");
  return found->second;
}

Wires FunctionLowering::look_up(const FunctionNode& node, const Wires& inputs) {
  if (inputs.empty() || inputs[0].table == nullptr) l_.refuse("looks up in no table in \"" + node.node.name + '"');
  const bool finds = node.node.op == "LookupTableFindV2";
  return {{.tensor = finds ? found_in(l_, node.node, inputs[0].table, tensor(node, inputs, 1), tensor(node, inputs, 2))
                           : l_.scalar(static_cast<double>(inputs[0].table->size()), DType::int64)}};
}

std::vector<Traced> lower_function(Lowering& l, const FunctionModel& model, const std::vector<Traced>& inputs) {
  refuse_obstacles(l, model);
  std::vector<Traced> results;
  const Wires wires = FunctionLowering(l, model, inputs).run();
  for (size_t i = 0; i < wires.size(); ++i) {
    const SignaturePort& port = model.signature.outputs[i];
    if (!wires[i].tensor) l.refuse("gives a result, \"" + port.key + "\", that is no tensor");
    results.push_back({wires[i].tensor, {}});
  }
  return results;
}

}  // namespace keraunos::loader
