// The rules of a graph, which devices rely on; checked after every pass.
#include <algorithm>
#include <vector>

#include "host/graph/graph.h"
#include "keraunos/error.h"

namespace keraunos::host {
namespace {

void check_node(const Graph& graph, const Node& node, const std::vector<char>& ready) {
  const auto fail = [&](const std::string& why) {
    throw InternalError(describe(node.op) + " of layer \"" + node.origin + "\": " + why);
  };
  for (Value v : node.in) {
    if (v && ready[static_cast<size_t>(v.id)] == 0) fail("reads a value before it is made");
  }
  try {
    check(node.op, {graph, node});
  } catch (const UsageError& error) {
    fail(error.what());
  }
}

}  // namespace

void validate(const Graph& graph) {
  std::vector<char> ready(graph.values.size(), 0);
  for (size_t i = 0; i < graph.values.size(); ++i) {
    const ValueInfo& info = graph.values[i];
    ready[i] = info.constant != nullptr;
    if (info.constant == nullptr) continue;
    if (info.dtype != info.constant->dtype() || !std::ranges::equal(info.shape, info.constant->dims(), {}, &Dim::size)) {
      throw InternalError("a constant of another type than its contents");
    }
  }
  for (Value v : graph.inputs) ready[static_cast<size_t>(v.id)] = 1;
  for (const State& state : graph.states) ready[static_cast<size_t>(state.before.id)] = 1;
  for (const Node& node : graph.nodes) {
    check_node(graph, node, ready);
    for (const Graph* nested : graphs_of(node.op)) validate(*nested);
    for (Value v : node.out) ready[static_cast<size_t>(v.id)] = 1;
  }
  for (Value v : graph.outputs) {
    if (!v || !ready[static_cast<size_t>(v.id)]) throw InternalError("a graph output is never made");
  }
}

}  // namespace keraunos::host
