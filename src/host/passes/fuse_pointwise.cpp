#include "host/passes/edit.h"
#include "host/passes/passes.h"

namespace keraunos::host {

// Producer into consumer, where the consumer is the only reader and both have one shape: then nothing is computed twice.
bool fuse_pointwise(Graph& graph) {
  bool changed = false;
  for (Node& node : graph.nodes) {
    if (auto* op = std::get_if<Pointwise>(&node.op)) {
      const size_t before = node.in.size();
      merge_duplicate_inputs(op->program, node.in);
      changed = changed || node.in.size() != before;
    }
  }
  const Uses uses(graph);
  std::vector<int> maker(graph.values.size(), -1);  // kept up to date while nodes merge
  for (size_t i = 0; i < graph.values.size(); ++i) maker[i] = uses.maker({static_cast<int>(i)});
  std::vector<char> gone(graph.nodes.size(), 0);
  for (Node& node : graph.nodes) {
    auto* op = std::get_if<Pointwise>(&node.op);
    for (size_t i = 0; op && i < node.in.size();) {
      const Value v = node.in[i];
      const int index = uses.count(v) == 1 ? maker[static_cast<size_t>(v.id)] : -1;
      Node* source = index >= 0 ? &graph.nodes[static_cast<size_t>(index)] : nullptr;
      const auto* first = source ? std::get_if<Pointwise>(&source->op) : nullptr;
      if (first == nullptr || !(graph.info(v).shape == graph.info(node.out[0]).shape)) {
        ++i;
        continue;
      }
      Program joined = first->program;
      if (!append_program(joined, op->program, static_cast<int>(i))) {
        ++i;
        continue;
      }
      std::vector<Value> in = source->in;
      for (size_t k = 0; k < node.in.size(); ++k) {
        if (k != i) in.push_back(node.in[k]);
      }
      merge_duplicate_inputs(joined, in);
      op->program = std::move(joined);
      node.in = std::move(in);
      gone[static_cast<size_t>(index)] = 1;
      changed = true;
      i = 0;
    }
  }
  std::vector<Node> kept;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    if (!gone[i]) kept.push_back(std::move(graph.nodes[i]));
  }
  graph.nodes = std::move(kept);
  return changed;
}

}  // namespace keraunos::host
