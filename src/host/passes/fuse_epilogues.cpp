#include "host/passes/edit.h"
#include "host/passes/passes.h"

namespace keraunos::host {
namespace {

// The operand of a pointwise node that is a product with no other reader and with the result's shape and type; −1 for none.
int joint_of(const Graph& graph, const Uses& uses, const std::vector<char>& gone, const Node& node) {
  if (!std::holds_alternative<Pointwise>(node.op)) return -1;
  const ValueInfo& result = graph.info(node.out[0]);
  int last = -1, last_maker = -1;  // the product computed last, because the others are operands of the fused node
  for (size_t i = 0; i < node.in.size(); ++i) {
    const int maker = uses.count(node.in[i]) == 1 ? uses.maker(node.in[i]) : -1;
    if (maker < 0 || gone[static_cast<size_t>(maker)]) continue;
    if (epilogue_of(graph.nodes[static_cast<size_t>(maker)].op) == nullptr) continue;
    const ValueInfo& info = graph.info(node.in[i]);
    if (info.shape == result.shape && info.dtype == result.dtype && maker > last_maker)
      last = static_cast<int>(i), last_maker = maker;
  }
  return last;
}

}  // namespace

// The fused node takes the pointwise node's position, where all its operands exist.
bool fuse_epilogues(Graph& graph, Fusion& fusion) {
  const Uses uses(graph);
  std::vector<char> gone(graph.nodes.size(), 0);
  bool changed = false;
  for (size_t index = 0; index < graph.nodes.size(); ++index) {
    Node& node = graph.nodes[index];
    const int joint = joint_of(graph, uses, gone, node);
    if (joint < 0) continue;
    const auto maker = static_cast<size_t>(uses.maker(node.in[static_cast<size_t>(joint)]));
    Node fused = graph.nodes[maker];
    Program& epilogue = *epilogue_of(fused.op);
    Program joined = epilogue;
    if (joined.inputs.empty()) joined.inputs = {graph.info(fused.out[0]).dtype};
    if (!append_program(joined, std::get<Pointwise>(node.op).program, joint)) continue;
    epilogue = std::move(joined);
    for (size_t i = 0; i < node.in.size(); ++i) {
      if (static_cast<int>(i) != joint) fused.in.push_back(node.in[i]);
    }
    fused.out = node.out;
    if (fused.origin != node.origin) fused.origin += " + " + node.origin;
    if (!fusion.allows(graph, fused, {&graph.nodes[maker], &node})) continue;
    gone[maker] = 1;
    node = std::move(fused);
    changed = true;
  }
  std::vector<Node> kept;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    if (!gone[i]) kept.push_back(std::move(graph.nodes[i]));
  }
  graph.nodes = std::move(kept);
  return changed;
}

}  // namespace keraunos::host
