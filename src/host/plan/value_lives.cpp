#include "host/plan/value_lives.h"

#include <numeric>

namespace keraunos::host {

ValueLives::ValueLives(const Graph& graph)
    : roots_(graph.values.size()), last_reader_(graph.values.size(), -1), outlives_nodes_(graph.values.size(), 0) {
  std::iota(roots_.begin(), roots_.end(), 0);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (traits_of(node.op).is_view) {
      roots_[static_cast<size_t>(node.out[0].id)] = root(node.in[0]);
      continue;
    }
    for (Value v : node.in) {
      if (v) last_reader_[static_cast<size_t>(root(v))] = static_cast<int>(i);
    }
  }
  for (Value v : graph.outputs) outlives_nodes_[static_cast<size_t>(root(v))] = 1;
  for (const State& state : graph.states) {
    if (state.after) outlives_nodes_[static_cast<size_t>(root(state.after))] = 1;
  }
}

}  // namespace keraunos::host
