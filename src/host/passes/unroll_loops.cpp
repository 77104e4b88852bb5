// A Loop is written out: per step the sliced operands are cut along axis 1, the body is copied, and what it stacks is
// concatenated. Every device then runs loops without knowing them; the price is nodes in proportion to the steps.
#include <unordered_map>

#include "host/graph/extent.h"
#include "host/passes/edit.h"
#include "host/passes/passes.h"
#include "keraunos/error.h"

namespace keraunos::host {
namespace {

using Names = std::unordered_map<int, Value>;

constexpr int64_t kMostNodes = int64_t{1} << 20;  // of one loop: some GiB of nodes

// The body's constants are the same at every step, so that what is computed from them alone is shared and folded once.
Names constants_of(Graph& graph, const Graph& body) {
  Names names;
  for (size_t i = 0; i < body.values.size(); ++i) {
    if (body.values[i].constant != nullptr) names[static_cast<int>(i)] = graph.add_value(body.values[i]);
  }
  return names;
}

// Copies `body` into `graph` with the given values as its inputs; answers its outputs.
std::vector<Value> inline_graph(Graph& graph, const Graph& body, const std::vector<Value>& inputs, Names names) {
  for (size_t i = 0; i < inputs.size(); ++i) names[body.inputs[i].id] = inputs[i];
  const auto renamed = [&](Value v) -> Value {
    if (!v) return v;
    if (const auto found = names.find(v.id); found != names.end()) return found->second;
    return names[v.id] = graph.add_value(body.info(v));
  };
  for (const Node& node : body.nodes) {
    Node copy = node;
    for (Value& v : copy.in) v = renamed(v);
    for (Value& v : copy.out) v = renamed(v);
    if (copy.origin.empty()) copy.origin = graph.origin;
    graph.nodes.push_back(std::move(copy));
  }
  std::vector<Value> outputs;
  for (Value v : body.outputs) outputs.push_back(renamed(v));
  return outputs;
}

void unroll(Graph& graph, const Node& node, const Loop& loop, Substitution& substitution) {
  Builder builder(graph);
  graph.origin = node.origin;
  const auto carried = static_cast<size_t>(loop.carried), sliced = static_cast<size_t>(loop.sliced),
             stacked = static_cast<size_t>(loop.stacked);
  const int64_t steps = sliced ? builder.dim(node.in[carried], 1).size : 0;
  const auto operations = static_cast<int64_t>(loop.body->nodes.size() + sliced + stacked);
  if (checked_multiply(steps, operations) > kMostNodes) {
    throw UsageError("layer \"" + node.origin + "\": " + std::to_string(steps) + " steps of a cell of " +
                     std::to_string(loop.body->nodes.size()) + " operations are more than can be written out (" +
                     std::to_string(kMostNodes) + "); give it shorter sequences");
  }
  std::vector<Value> state(node.in.begin(), node.in.begin() + loop.carried);
  std::vector<std::vector<Value>> stacks(stacked);
  const Names constants = constants_of(graph, *loop.body);
  for (int64_t step = 0; step < steps; ++step) {
    const int64_t time = loop.backwards ? steps - 1 - step : step;
    std::vector<Value> inputs = state;
    for (size_t i = 0; i < sliced; ++i)
      inputs.push_back(builder.squeeze(builder.slice_axis(node.in[carried + i], 1, time, 1), 1));
    inputs.insert(inputs.end(), node.in.begin() + loop.carried + loop.sliced, node.in.end());
    const std::vector<Value> results = inline_graph(graph, *loop.body, inputs, constants);
    state.assign(results.begin(), results.begin() + loop.carried);
    for (size_t i = 0; i < stacked; ++i) stacks[i].push_back(builder.expand_dims(results[carried + i], 1));
  }
  for (size_t i = 0; i < carried; ++i) substitution.replace(node.out[i], state[i]);
  for (size_t i = 0; i < stacked; ++i) substitution.replace(node.out[carried + i], builder.concatenate(stacks[i], 1));
}

bool unroll_outermost(Graph& graph) {
  bool changed = false;
  Substitution substitution(graph);
  std::vector<Node> old = std::move(graph.nodes);
  graph.nodes.clear();
  for (Node& node : old) {
    for (Value& v : node.in) v = substitution(v);
    if (const auto* loop = std::get_if<Loop>(&node.op)) {
      const Loop copy = *loop;
      unroll(graph, node, copy, substitution);
      changed = true;
    } else {
      graph.nodes.push_back(std::move(node));
    }
  }
  substitution.apply(graph);
  return changed;
}

}  // namespace

bool unroll_loops(Graph& graph) {
  bool changed = false;
  while (unroll_outermost(graph)) changed = true;  // a body may hold loops
  return changed;
}

}  // namespace keraunos::host
