#include "host/passes/channel_step.h"

namespace keraunos::host {

std::optional<std::pair<Value, Value>> channel_step(const Graph& graph, const Node& node, Function function) {
  const auto* op = std::get_if<Pointwise>(&node.op);
  if (op == nullptr || op->program.steps.size() != 1 || op->program.steps[0].function != function || node.in.size() != 2)
    return std::nullopt;
  for (size_t side = 0; side < 2; ++side) {
    const Value vector = node.in[side], x = node.in[1 - side];
    const Shape& shape = graph.info(vector).shape;
    const Shape& full = graph.info(node.out[0]).shape;
    if (shape.empty() || full.empty() || shape.back().size != full.back().size || elements_of(shape) != shape.back().size)
      continue;
    if (!(graph.info(x).shape == full)) continue;
    return std::pair{x, vector};
  }
  return std::nullopt;
}

std::vector<char> constant_values(const Graph& graph) {
  std::vector<char> constant(graph.values.size(), 0);
  for (size_t i = 0; i < graph.values.size(); ++i) constant[i] = graph.values[i].constant != nullptr;
  for (const Node& node : graph.nodes) {
    bool all = !node.in.empty();
    for (Value v : node.in) all = all && (!v || constant[static_cast<size_t>(v.id)]);
    for (Value v : node.out) constant[static_cast<size_t>(v.id)] = all;
  }
  return constant;
}

}  // namespace keraunos::host
