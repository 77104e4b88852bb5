// Branches, and loops whose number of turns is known, which are unrolled.
#include "host/graph/graph.h"
#include "loader/layers/common/inner_graph.h"
#include "loader/ops/literal.h"
#include "loader/tf/function_lowering.h"

namespace keraunos::loader {
namespace {

constexpr int kMostTurns = 4096;
constexpr size_t kMostUnrolled = 100'000;  // nodes
constexpr size_t kMostBranches = 64;       // of one node, which are nested

}  // namespace

const FunctionBody& FunctionLowering::function(const FunctionNode& node, size_t index, size_t count) {
  if (node.functions.size() != count) l_.refuse("has no function in \"" + node.node.name + "\" (" + node.node.op + ')');
  return model_.functions->function(node.functions[index]);
}

std::optional<bool> FunctionLowering::decided(Value condition) {
  const auto literal = literal_of(l_, condition);
  return literal && literal->size() == 1 ? std::optional(literal->front() != 0) : std::nullopt;
}

Wires FunctionLowering::branch(const FunctionNode& node, const Wires& inputs) {
  const Value condition = l_.cast(tensor(node, inputs, 0), DType::boolean);
  const FunctionBody &then = function(node, 0, 2), &otherwise = function(node, 1, 2);
  const Wires given(inputs.begin() + 1, inputs.end());
  if (const auto chosen = decided(condition)) return run(*chosen ? then : otherwise, given);
  const auto side = [&](const FunctionBody& body) { return [&](const Wires& wires) { return run(body, wires); }; };
  return one_of(node, condition, given, side(then), side(otherwise));
}

// An index outside of the branches selects the last one.
Wires FunctionLowering::chosen(const FunctionNode& node, Value index, const Wires& given, size_t first) {
  if (node.functions.empty() || node.functions.size() > kMostBranches)
    l_.refuse("chooses in \"" + node.node.name + "\" one of " + std::to_string(node.functions.size()) + " functions; 1 to " +
              std::to_string(kMostBranches) + " are supported");
  const FunctionBody& body = function(node, first, node.functions.size());
  if (first + 1 == node.functions.size()) return run(body, given);
  const Value condition = l_.binary(Function::equal, index, l_.scalar(static_cast<double>(first), l_.dtype(index)));
  if (const auto known = decided(condition)) return *known ? run(body, given) : chosen(node, index, given, first + 1);
  Wires operands{{.tensor = index}};
  operands.insert(operands.end(), given.begin(), given.end());
  const auto wanted = [&](const Wires& wires) { return run(body, {wires.begin() + 1, wires.end()}); };
  const auto others = [&](const Wires& wires) {
    return chosen(node, wires[0].tensor, {wires.begin() + 1, wires.end()}, first + 1);
  };
  return one_of(node, condition, operands, wanted, others);
}

// Where the sides give different extents, a segment ends, and only the side that runs is lowered (loop_turns.h). The contents of
// variables are operands and results.
Wires FunctionLowering::one_of(const FunctionNode& node, Value condition, Wires given, const Side& then, const Side& otherwise) {
  const Passed variables = passed(node.functions, given);
  for (const std::string& name : variables.names) given.push_back({.tensor = assigned_.at(name)});
  std::vector<Value> operands;
  for (Wire& wire : given) {
    if (wire.list != nullptr) wire = {.stacked = stacked(node, wire)};
    if (wire.tensor) operands.push_back(wire.tensor);
    if (wire.stacked && wire.stacked->all) operands.push_back(wire.stacked->all);
  }
  const host::Graph& around = host::graph_of(l_);
  std::vector<host::ValueInfo> types;  // of the side that is lowered first
  Wires kinds;                         // which results are lists
  const auto body_of = [&](const Side& side, bool first) {
    return [&, first](std::span<const Value> values) {
      Wires inner = given;
      size_t next = 0;
      for (Wire& wire : inner) {
        if (wire.tensor) wire.tensor = values[next++];
        if (wire.stacked && wire.stacked->all) wire.stacked->all = values[next++];
      }
      std::vector<Value> results;
      kinds = with_variables(variables, inner, side);
      for (Wire& wire : kinds) {
        if (wire.list != nullptr) wire = {.stacked = stacked(node, wire)};
        const Value value = wire.tensor ? wire.tensor : wire.stacked ? wire.stacked->all : Value{};
        if (!value) l_.refuse("gives what is no tensor from a branch, \"" + node.node.name + "\", which is not supported");
        results.push_back(value);
      }
      const bool is_inner = &host::graph_of(l_) != &around;
      for (size_t i = 0; i < results.size() && is_inner; ++i) {
        const host::ValueInfo info = host::type_of_value(host::graph_of(l_).info(results[i]));
        if (first) types.push_back(info);
        if (!first && i < types.size() && info.dtype == types[i].dtype && info.shape != types[i].shape) throw host::SegmentEnd{};
      }
      return results;
    };
  };
  const Value flag = l_.rank(condition) == 0 ? condition : l_.reshape(condition, {});
  const std::vector<Value> values = write_branch(l_, flag, operands, body_of(then, true), body_of(otherwise, false));
  Wires results;
  for (size_t i = 0; i < values.size(); ++i) {
    Wire wire{.tensor = values[i]};
    if (kinds[i].stacked) wire = {.stacked = StackedList{values[i], kinds[i].stacked->size}};
    results.push_back(std::move(wire));
  }
  const size_t first = results.size() - variables.changed;
  for (size_t i = 0; i < variables.changed; ++i) assigned_.at(variables.names[i]) = results[first + i].tensor;
  results.resize(first);
  return results;
}

// Loops of too many turns to be unrolled become loops of the graph, as those whose end depends on data.
Wires FunctionLowering::loop(const FunctionNode& node, const Wires& inputs) {
  const FunctionBody &condition = function(node, 0, 2), &body = function(node, 1, 2);
  if (!assigned_.empty() && passed({condition.name}, inputs).changed > 0)
    l_.refuse("assigns to variables in the condition of the loop \"" + node.node.name + "\", which is not supported");
  Wires carried = inputs;
  const std::map<std::string, Value> before = assigned_;
  for (int turn = 0; turn <= kMostTurns && written_ <= kMostUnrolled; ++turn) {
    const Wires flag = run(condition, carried);
    if (flag.empty() || !flag[0].tensor) l_.refuse("has a loop, \"" + node.node.name + "\", whose condition is no tensor");
    const auto goes_on = decided(flag[0].tensor);
    if (!goes_on) return loop_by_data(node, carried);
    if (!*goes_on) return carried;
    carried = run(body, carried);
  }
  assigned_ = before;
  return loop_by_data(node, inputs);
}

}  // namespace keraunos::loader
