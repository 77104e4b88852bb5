// Lowers the nodes of a function's graph. Calls are inlined; loops are unrolled, so their number of turns must be known.
#include <algorithm>
#include <optional>

#include "host/graph/graph.h"
#include "keraunos/error.h"
#include "loader/layers/common/inner_graph.h"
#include "loader/ops/literal.h"
#include "loader/tf/assertions.h"
#include "loader/tf/function_model.h"
#include "loader/tf/raw_operations.h"

namespace keraunos::loader {
namespace {

constexpr int kMostTurns = 4096;
constexpr size_t kMostNodes = 200'000;  // number of written nodes: nested calls and loops multiply

// A value of the graph during lowering: a tensor, the name of a variable, a list of tensors, or a lookup table.
struct Wire {
  Value tensor{};
  std::string variable{};
  std::shared_ptr<const std::vector<Value>> list{};
  std::shared_ptr<const text::KeyValues> table{};
};
using Wires = std::vector<Wire>;

bool is_any(std::string_view op, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), op) != names.end();
}

class FunctionLowering {
 public:
  FunctionLowering(Lowering& l, const FunctionModel& model, const std::vector<Traced>& inputs)
      : l_(l), model_(model), inputs_(inputs) {}

  Wires run(const FunctionBody& body, const Wires& arguments) {
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
        l_.refuse("reads output " + std::to_string(input.output) + " of \"" + body.nodes[input.node].node.name + "\" in " +
                  reader + ", which has " + std::to_string(results[input.node].size()));
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

 private:
  // Adds the node's name to errors of the Builder.
  Wires named(const FunctionNode& node, const Wires& inputs) {
    try {
      return lower(node, inputs);
    } catch (const UsageError& error) {
      if (!node.functions.empty()) throw;  // the inner node was named already
      throw UsageError("node \"" + node.node.name + "\" (" + node.node.op + "): " + error.what());
    }
  }

  Wires lower(const FunctionNode& node, const Wires& inputs) {
    const std::string& op = node.node.op;
    if (op == "Const") return {{.tensor = l_.constant(node.constant)}};
    if (is_any(op, {"Placeholder", "PlaceholderWithDefault"})) return {{.tensor = placeholder(node.node.name)}};
    if (op == "VarHandleOp") return {{.variable = variable_of(node)}};
    if (is_any(op, {"VariableV2", "Variable"})) return {{.tensor = saved_leaf(l_, variable_of(node))}};
    if (op == "NoOp") return {};
    if (is_table(node.node)) return {{.table = table(node)}};
    if (op.starts_with("LookupTable")) return look_up(node, inputs);
    if (is_any(op, {"Identity", "IdentityN", "EnsureShape", "PreventGradient", "CheckNumerics"})) return inputs;
    if (is_any(op, {"ReadVariableOp", "ResourceGather"})) return read(node, inputs);
    if (is_any(op, {"PartitionedCall", "StatefulPartitionedCall"})) return run(function(node, 0, 1), inputs);
    if (is_any(op, {"If", "StatelessIf"})) return branch(node, inputs);
    if (is_any(op, {"While", "StatelessWhile"})) return loop(node, inputs);
    if (op.starts_with("TensorList")) return list(node, inputs);
    return operation(node, inputs);
  }

  Wires operation(const FunctionNode& node, const Wires& inputs) {
    std::vector<Arg> operands;
    for (size_t i = 0; i < inputs.size(); ++i) operands.push_back({Traced{tensor(node, inputs, i), {}}});
    Wires results;
    for (const Traced& result : lower_node(l_, node.node, std::move(operands)))
      results.push_back({.tensor = known(result.value)});
    return results;
  }

  // Arithmetic on shapes is evaluated here, so that readers get known numbers.
  Value known(Value v) {
    const DType type = l_.dtype(v);
    if (is_floating(type) || type == DType::string || host::graph_of(l_).info(v).constant != nullptr) return v;
    const auto literal = literal_of(l_, v);
    if (!literal) return v;
    return l_.cast(l_.constant(TensorView(*literal, l_.dims(v))), type);
  }

  Value tensor(const FunctionNode& node, const Wires& inputs, size_t i) {
    if (i >= inputs.size() || !inputs[i].tensor)
      l_.refuse("gives " + node.node.op + " (\"" + node.node.name + "\") no tensor as its input " + std::to_string(i));
    return inputs[i].tensor;
  }

  Value placeholder(const std::string& name) {
    const auto& ports = model_.signature.inputs;
    for (size_t i = 0; i < ports.size(); ++i) {
      if (ports[i].tensor.substr(0, ports[i].tensor.find(':')) == name) return inputs_.at(i).value;
    }
    l_.refuse("reads the placeholder \"" + name + "\", which is no input of the signature");
  }

  const std::string& variable_of(const FunctionNode& node) {
    const auto found = model_.variables.find(node.node.name);
    if (found == model_.variables.end())
      l_.refuse("has the variable \"" + node.node.name + "\" inside a function, which is not supported");
    return found->second;
  }

  Wires read(const FunctionNode& node, const Wires& inputs) {
    if (inputs.empty() || inputs[0].variable.empty())
      l_.refuse("reads a variable in \"" + node.node.name + "\" that is not known");
    Wires operands = inputs;
    operands[0] = {.tensor = saved_leaf(l_, inputs[0].variable)};
    if (node.node.op == "ReadVariableOp") return {operands[0]};
    const NodeAttribute* batch = node.node.find("batch_dims");
    const int64_t* dims = batch == nullptr ? nullptr : std::get_if<int64_t>(&batch->value.value);
    if (dims != nullptr && *dims != 0)
      l_.refuse("gathers with batch_dims = " + std::to_string(*dims) + " from a variable, which is not supported");
    return {{.tensor = l_.gather(operands[0].tensor, tensor(node, operands, 1))}};
  }

  std::shared_ptr<const text::KeyValues> table(const FunctionNode& node) {
    const auto found = model_.tables.find(node.node.name);
    if (found == model_.tables.end())
      l_.refuse("looks up in the table \"" + node.node.name + "\" (" + node.node.op +
                "), which the file's initialisation does not fill with constants");
    return found->second;
  }

  Wires look_up(const FunctionNode& node, const Wires& inputs) {
    if (inputs.empty() || inputs[0].table == nullptr) l_.refuse("looks up in no table in \"" + node.node.name + '"');
    const bool finds = node.node.op == "LookupTableFindV2";
    return {{.tensor = finds ? found_in(l_, node.node, inputs[0].table, tensor(node, inputs, 1), tensor(node, inputs, 2))
                             : l_.scalar(static_cast<double>(inputs[0].table->size()), DType::int64)}};
  }

  const FunctionBody& function(const FunctionNode& node, size_t index, size_t count) {
    if (node.functions.size() != count) l_.refuse("has no function in \"" + node.node.name + "\" (" + node.node.op + ')');
    return model_.functions->function(node.functions[index]);
  }

  std::optional<bool> decided(Value condition) {
    const auto literal = literal_of(l_, condition);
    return literal && literal->size() == 1 ? std::optional(literal->front() != 0) : std::nullopt;
  }

  Wires branch(const FunctionNode& node, const Wires& inputs) {
    const FunctionBody &then = function(node, 0, 2), &otherwise = function(node, 1, 2);
    const Value condition = l_.cast(tensor(node, inputs, 0), DType::boolean);
    const Wires given(inputs.begin() + 1, inputs.end());
    if (const auto chosen = decided(condition)) return run(*chosen ? then : otherwise, given);
    std::vector<Value> operands;
    for (const Wire& wire : given) {
      if (wire.list != nullptr)
        l_.refuse("gives a list of tensors to a branch, \"" + node.node.name + "\", which is not supported");
      if (wire.tensor) operands.push_back(wire.tensor);
    }
    const auto body_of = [&](const FunctionBody& body) {
      return [&](std::span<const Value> values) {
        Wires inner = given;
        size_t next = 0;
        for (Wire& wire : inner) {
          if (wire.tensor) wire.tensor = values[next++];
        }
        std::vector<Value> results;
        for (const Wire& wire : run(body, inner)) {
          if (!wire.tensor)
            l_.refuse("gives a list of tensors from a branch, \"" + node.node.name + "\", which is not supported");
          results.push_back(wire.tensor);
        }
        return results;
      };
    };
    const Value flag = l_.rank(condition) == 0 ? condition : l_.reshape(condition, {});
    Wires results;
    for (const Value value : write_branch(l_, flag, operands, body_of(then), body_of(otherwise)))
      results.push_back({.tensor = value});
    return results;
  }

  Wires loop(const FunctionNode& node, const Wires& inputs) {
    const FunctionBody &condition = function(node, 0, 2), &body = function(node, 1, 2);
    Wires carried = inputs;
    for (int turn = 0; turn <= kMostTurns; ++turn) {
      const Wires flag = run(condition, carried);
      const auto goes_on = flag.empty() || !flag[0].tensor ? std::nullopt : decided(flag[0].tensor);
      if (!goes_on)
        l_.refuse("has a loop, \"" + node.node.name + "\", whose number of turns depends on data, which is not supported");
      if (!*goes_on) return carried;
      carried = run(body, carried);
    }
    l_.refuse("has a loop, \"" + node.node.name + "\", of more than " + std::to_string(kMostTurns) +
              " turns, which is not supported");
  }

  int64_t number(const FunctionNode& node, const Wires& inputs, size_t i) {
    const auto literal = literal_of(l_, tensor(node, inputs, i));
    if (!literal || literal->size() != 1)
      l_.refuse("needs a number known beforehand as input " + std::to_string(i) + " of \"" + node.node.name + '"');
    return literal->front();
  }

  const std::vector<Value>& items(const FunctionNode& node, const Wires& inputs) {
    if (inputs.empty() || inputs[0].list == nullptr) l_.refuse("gives no list of tensors to \"" + node.node.name + '"');
    return *inputs[0].list;
  }

  size_t place(const FunctionNode& node, const Wires& inputs) {
    const int64_t at = number(node, inputs, 1);
    if (at < 0 || at >= static_cast<int64_t>(items(node, inputs).size()))
      l_.refuse("asks in \"" + node.node.name + "\" for item " + std::to_string(at) + " of a list of " +
                std::to_string(items(node, inputs).size()));
    return static_cast<size_t>(at);
  }

  static Wires list_of(std::vector<Value> values) {
    return {{.list = std::make_shared<const std::vector<Value>>(std::move(values))}};
  }

  Wires list(const FunctionNode& node, const Wires& inputs) {
    const std::string& op = node.node.op;
    if (op == "TensorListReserve") {
      const int64_t size = number(node, inputs, 1);
      if (size < 0 || size > kMostTurns) l_.refuse("reserves a list of " + std::to_string(size) + " tensors");
      return list_of(std::vector<Value>(static_cast<size_t>(size)));
    }
    if (op == "TensorListFromTensor") {
      const Value x = tensor(node, inputs, 0);
      const int64_t size = l_.rank(x) == 0 ? 0 : l_.dim(x, 0).size;
      if (size > kMostTurns) l_.refuse("makes a list of " + std::to_string(size) + " tensors");
      std::vector<Value> values;
      for (int64_t i = 0; i < size; ++i) values.push_back(l_.squeeze(l_.slice_axis(x, 0, i, 1), 0));
      return list_of(std::move(values));
    }
    if (op == "TensorListLength") return {{.tensor = l_.scalar(static_cast<double>(items(node, inputs).size()), DType::int32)}};
    if (op == "TensorListSetItem") {
      std::vector<Value> values = items(node, inputs);
      values[place(node, inputs)] = tensor(node, inputs, 2);
      return list_of(std::move(values));
    }
    std::vector<Value> values = items(node, inputs);
    if (op == "TensorListGetItem") values = {values[place(node, inputs)]};
    if (values.empty() || std::any_of(values.begin(), values.end(), [](Value v) { return !v; }))
      l_.refuse("reads items of a list that nothing was written to, in \"" + node.node.name + '"');
    if (op == "TensorListGetItem") return {{.tensor = values[0]}};
    for (Value& value : values) value = l_.expand_dims(value, 0);
    return {{.tensor = l_.concatenate(values, 0)}};
  }

  Lowering& l_;
  const FunctionModel& model_;
  const std::vector<Traced>& inputs_;
  size_t written_ = 0;
};

}  // namespace

std::vector<Traced> lower_function(Lowering& l, const FunctionModel& model, const std::vector<Traced>& inputs) {
  refuse_obstacles(l, model);
  std::vector<Traced> results;
  const Wires wires = FunctionLowering(l, model, inputs).run(model.graph, {});
  for (size_t i = 0; i < wires.size(); ++i) {
    const SignaturePort& port = model.signature.outputs[i];
    if (!wires[i].tensor) l.refuse("gives a result, \"" + port.key + "\", that is no tensor");
    results.push_back({wires[i].tensor, {}});
  }
  return results;
}

}  // namespace keraunos::loader
