// Variables that a function assigns to: reads after an assignment give the new contents, and a Session keeps them between calls.
// States of a Session begin with zeros, so that a second state says whether the first holds the contents.
#include <set>

#include "loader/layers/common/inner_graph.h"
#include "loader/tf/function_lowering.h"

namespace keraunos::loader {

namespace {

constexpr size_t kMostCombinations = 10'000;

// Follows variables from the graph into the functions that it calls.
class Assigned {
 public:
  Assigned(Lowering& l, const FunctionModel& model) : l_(l), model_(model) {}

  void collect(const FunctionBody& body, const std::vector<std::string>& arguments) {
    if (!seen_.emplace(body.name, arguments).second) return;
    if (seen_.size() > kMostCombinations)
      l_.refuse("calls functions that assign to variables with too many combinations of them");
    std::vector<std::string> names(body.nodes.size());
    for (size_t i = 0; i < body.nodes.size(); ++i) {
      const FunctionNode& node = body.nodes[i];
      std::vector<std::string> inputs;
      for (const FunctionInput& input : node.inputs)
        inputs.push_back(input.is_argument ? arguments.at(input.node) : names[input.node]);
      const auto variable = model_.variables.find(node.node.name);
      if (body.name.empty() && variable != model_.variables.end()) names[i] = variable->second;
      if (node.node.op == "Identity" && !inputs.empty()) names[i] = inputs[0];
      if (node.node.op.starts_with("Assign") && !inputs.empty() && !inputs[0].empty()) found.insert(inputs[0]);
      const bool chooses = node.node.op.ends_with("If") || node.node.op.ends_with("Case");
      if (chooses && !inputs.empty()) inputs.erase(inputs.begin());
      for (const std::string& function : node.functions) {
        const FunctionBody& called = model_.functions->function(function);
        if (called.arguments.size() == inputs.size()) collect(called, inputs);  // otherwise refused when it is lowered
      }
    }
  }

  std::set<std::string> found;

 private:
  Lowering& l_;
  const FunctionModel& model_;
  std::set<std::pair<std::string, std::vector<std::string>>> seen_;
};

// Restores the contents of variables in the graph around, also where a segment ends.
class KeptContents {
 public:
  explicit KeptContents(std::map<std::string, Value>& contents) : contents_(contents), before_(contents) {}
  KeptContents(const KeptContents&) = delete;
  KeptContents& operator=(const KeptContents&) = delete;
  ~KeptContents() { contents_ = std::move(before_); }

 private:
  std::map<std::string, Value>& contents_;
  std::map<std::string, Value> before_;
};

}  // namespace

FunctionLowering::FunctionLowering(Lowering& l, const FunctionModel& model, const std::vector<Traced>& inputs)
    : l_(l), model_(model), inputs_(inputs), outermost_(host::graph_of(l)) {}

Wires FunctionLowering::run() {
  Assigned assigned(l_, model_);
  if (model_.functions->assigns()) assigned.collect(model_.graph, {});
  for (const std::string& name : assigned.found) {
    const Value saved = saved_leaf(l_, name);
    const Value is_kept = l_.state(name + "/is_kept", {}, DType::boolean);
    assigned_[name] = l_.select(is_kept, l_.state(name, l_.shape(saved), l_.dtype(saved)), saved);
  }
  Wires results = run(model_.graph, {});
  keep_variables();
  return results;
}

Value FunctionLowering::variable(const FunctionNode& node, const std::string& name) {
  const auto found = assigned_.find(name);
  if (found == assigned_.end()) return saved_leaf(l_, name);
  if (!found->second)
    l_.refuse("uses in \"" + node.node.name + "\" the variable \"" + name +
              "\", which the branch or loop around it is not given");
  return found->second;
}

Wires FunctionLowering::assign(const FunctionNode& node, const Wires& inputs) {
  const std::string& op = node.node.op;
  if (inputs.empty() || inputs[0].variable.empty())
    l_.refuse("assigns in \"" + node.node.name + "\" to a variable that is not known");
  const std::string& name = inputs[0].variable;
  if (!assigned_.contains(name))
    l_.refuse("assigns in \"" + node.node.name + "\" to the variable \"" + name + "\", which a function returned");
  const Value before = variable(node, name), given = tensor(node, inputs, 1);
  Value after = given;
  if (op == "AssignAddVariableOp") after = l_.add(before, given);
  if (op == "AssignSubVariableOp") after = l_.subtract(before, given);
  if (l_.shape(after) != l_.shape(before) || l_.dtype(after) != l_.dtype(before))
    l_.refuse("assigns in \"" + node.node.name + "\" " + l_.dims(after).to_string() + " to the variable \"" + name +
              "\" of shape " + l_.dims(before).to_string() + ", which is not supported");
  assigned_[name] = after;
  return {};
}

// Of `given`, the last are the arguments of the functions.
FunctionLowering::Passed FunctionLowering::passed(const std::vector<std::string>& functions, const Wires& given) {
  Passed variables;
  if (assigned_.empty()) return variables;
  Assigned assigned(l_, model_);
  for (const std::string& function : functions) {
    const FunctionBody& body = model_.functions->function(function);
    if (body.arguments.size() > given.size()) continue;  // refused when it is called
    std::vector<std::string> names;
    for (size_t i = given.size() - body.arguments.size(); i < given.size(); ++i) names.push_back(given[i].variable);
    assigned.collect(body, names);
  }
  std::set<std::string> read;
  for (const Wire& wire : given) {
    if (assigned_.contains(wire.variable) && !assigned.found.contains(wire.variable)) read.insert(wire.variable);
  }
  for (const std::string& name : assigned.found) {
    if (assigned_.contains(name)) variables.names.push_back(name);
  }
  variables.changed = variables.names.size();
  variables.names.insert(variables.names.end(), read.begin(), read.end());
  return variables;
}

// Runs `side` in a graph of its own, where the last of `given` are the contents of the variables. Appends to its results the
// contents of those that it may have assigned to.
Wires FunctionLowering::with_variables(const Passed& variables, const Wires& given, const Side& side) {
  const KeptContents outside(assigned_);
  const size_t first = given.size() - variables.names.size();
  for (auto& [name, contents] : assigned_) contents = {};
  for (size_t i = first; i < given.size(); ++i) assigned_[variables.names[i - first]] = given[i].tensor;
  Wires results = side({given.begin(), given.begin() + static_cast<int64_t>(first)});
  for (size_t i = 0; i < variables.changed; ++i) results.push_back({.tensor = assigned_[variables.names[i]]});
  return results;
}

void FunctionLowering::keep_variables() {
  for (const auto& [name, contents] : assigned_) {
    l_.keep(name, contents);
    l_.keep(name + "/is_kept", l_.cast(l_.scalar(1, DType::int32), DType::boolean));
  }
}

}  // namespace keraunos::loader
