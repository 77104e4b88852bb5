// Unrolls short loops: for each step the sliced operands are sliced along axis 0, the body is copied, and its stacked results are
// concatenated. The steps are then fused and folded like other nodes, and no nested plan runs; the number of nodes, and so the
// planning time, grows with the steps. Longer loops stay (plan/nested.h).
#include <optional>

#include "host/passes/edit.h"
#include "host/passes/inline_graph.h"
#include "host/passes/passes.h"

namespace keraunos::host {
namespace {

constexpr int64_t kMostOperations = 96;  // of one loop after unrolling (bench/NOTES.md, "Loops")

// The number of operations after unrolling; a nested loop counts as one operation.
int64_t operations_of(const Loop& loop) { return static_cast<int64_t>(loop.body->nodes.size()) + loop.sliced + loop.stacked; }

bool is_short(const Graph& graph, const Node& node, const Loop& loop) {
  if (loop.condition != nullptr) return false;
  const std::optional<int64_t> steps = loop.most_steps({graph, node});
  return *steps > 0 && *steps <= kMostOperations && *steps * operations_of(loop) <= kMostOperations;
}

void unroll(Graph& graph, const Node& node, const Loop& loop, Substitution& substitution) {
  Builder builder(graph);
  graph.origin = node.origin;
  const auto carried = static_cast<size_t>(loop.carried), sliced = static_cast<size_t>(loop.sliced),
             stacked = static_cast<size_t>(loop.stacked);
  const int64_t steps = *loop.most_steps({graph, node});
  std::vector<Value> state(node.in.begin(), node.in.begin() + loop.carried);
  std::vector<std::vector<Value>> stacks(stacked);
  const Names constants = constants_of(graph, *loop.body);
  for (int64_t step = 0; step < steps; ++step) {
    const int64_t time = loop.backwards ? steps - 1 - step : step;
    std::vector<Value> inputs = state;
    for (size_t i = 0; i < sliced; ++i)
      inputs.push_back(builder.squeeze(builder.slice_axis(node.in[carried + i], 0, time, 1), 0));
    inputs.insert(inputs.end(), node.in.begin() + loop.carried + loop.sliced, node.in.end());
    const std::vector<Value> results = inline_graph(graph, *loop.body, inputs, constants);
    state.assign(results.begin(), results.begin() + loop.carried);
    for (size_t i = 0; i < stacked; ++i) stacks[i].push_back(builder.expand_dims(results[carried + i], 0));
  }
  for (size_t i = 0; i < carried; ++i) substitution.replace(node.out[i], state[i]);
  for (size_t i = 0; i < stacked; ++i) substitution.replace(node.out[carried + i], builder.concatenate(stacks[i], 0));
}

bool unroll_outermost(Graph& graph) {
  bool changed = false;
  Substitution substitution(graph);
  std::vector<Node> old = std::move(graph.nodes);
  graph.nodes.clear();
  for (Node& node : old) {
    for (Value& v : node.in) v = substitution(v);
    if (const auto* loop = std::get_if<Loop>(&node.op); loop != nullptr && is_short(graph, node, *loop)) {
      unroll(graph, node, *loop, substitution);
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
  while (unroll_outermost(graph)) changed = true;  // an unrolled body may contain short loops
  return changed;
}

}  // namespace keraunos::host
