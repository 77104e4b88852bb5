#include "host/passes/inline_graph.h"

namespace keraunos::host {

Names constants_of(Graph& graph, const Graph& from) {
  Names names;
  for (size_t i = 0; i < from.values.size(); ++i) {
    if (from.values[i].constant != nullptr) names[static_cast<int>(i)] = graph.add_value(from.values[i]);
  }
  return names;
}

std::vector<Value> inline_graph(Graph& graph, const Graph& from, std::span<const Value> inputs, Names names) {
  for (size_t i = 0; i < inputs.size(); ++i) names[from.inputs[i].id] = inputs[i];
  const auto renamed = [&](Value v) -> Value {
    if (!v) return v;
    if (const auto found = names.find(v.id); found != names.end()) return found->second;
    return names[v.id] = graph.add_value(from.info(v));
  };
  for (const Node& node : from.nodes) {
    Node copy = node;
    for (Value& v : copy.in) v = renamed(v);
    for (Value& v : copy.out) v = renamed(v);
    if (copy.origin.empty()) copy.origin = graph.origin;
    graph.nodes.push_back(std::move(copy));
  }
  std::vector<Value> outputs;
  for (Value v : from.outputs) outputs.push_back(renamed(v));
  return outputs;
}

}  // namespace keraunos::host
