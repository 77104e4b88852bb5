#include <algorithm>
#include <optional>

#include "host/passes/edit.h"
#include "host/passes/passes.h"

namespace keraunos::host {
namespace {

bool merge_inputs_of_all(Graph& graph) {
  bool changed = false;
  for (Node& node : graph.nodes) {
    auto* op = std::get_if<Pointwise>(&node.op);
    if (op == nullptr) continue;
    const size_t before = node.in.size();
    merge_duplicate_inputs(op->program, node.in);
    changed = changed || node.in.size() != before;
  }
  return changed;
}

class PointwiseFuser {
 public:
  PointwiseFuser(Graph& graph, Fusion& fusion) : graph_(graph), fusion_(fusion), uses_(graph), gone_(graph.nodes.size(), 0) {}

  bool run() {
    bool changed = false;
    for (Node& node : graph_.nodes) {
      if (std::holds_alternative<Pointwise>(node.op)) changed = fuse_into(node) || changed;
    }
    std::vector<Node> kept;
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      if (!gone_[i]) kept.push_back(std::move(graph_.nodes[i]));
    }
    graph_.nodes = std::move(kept);
    return changed;
  }

 private:
  // Fuses the node with the makers of its operands until none is left.
  bool fuse_into(Node& node) {
    bool changed = false;
    apart_.clear();
    for (size_t i = 0; i < node.in.size();) {
      const int maker = fusable_maker(node, i);
      std::optional<Node> fused = maker < 0 ? std::nullopt : fused_with(node, i, graph_.nodes[static_cast<size_t>(maker)]);
      if (!fused) {
        ++i;
        continue;
      }
      if (!fusion_.allows(graph_, *fused, {&graph_.nodes[static_cast<size_t>(maker)], &node})) {
        apart_.push_back(node.in[i]);  // the program only grows, so the device is not asked again
        ++i;
        continue;
      }
      node = std::move(*fused);
      gone_[static_cast<size_t>(maker)] = 1;
      changed = true, i = 0;
    }
    return changed;
  }

  // The index of the pointwise node that makes an operand in this node's shape and has no other reader; −1 for none.
  int fusable_maker(const Node& node, size_t operand) const {
    const Value v = node.in[operand];
    const int maker = uses_.count(v) == 1 ? uses_.maker(v) : -1;
    if (maker < 0 || !std::holds_alternative<Pointwise>(graph_.nodes[static_cast<size_t>(maker)].op)) return -1;
    if (!(graph_.info(v).shape == graph_.info(node.out[0]).shape)) return -1;
    return std::find(apart_.begin(), apart_.end(), v) == apart_.end() ? maker : -1;
  }

  // Absent where the registers do not suffice.
  static std::optional<Node> fused_with(const Node& node, size_t operand, const Node& source) {
    Program joined = std::get<Pointwise>(source.op).program;
    if (!append_program(joined, std::get<Pointwise>(node.op).program, static_cast<int>(operand))) return std::nullopt;
    std::vector<Value> in = source.in;
    for (size_t k = 0; k < node.in.size(); ++k) {
      if (k != operand) in.push_back(node.in[k]);
    }
    merge_duplicate_inputs(joined, in);
    return Node{
        .op = Pointwise{std::move(joined)}, .in = std::move(in), .out = node.out, .origin = node.origin, .place = node.place};
  }

  Graph& graph_;
  Fusion& fusion_;
  const Uses uses_;
  std::vector<char> gone_;
  std::vector<Value> apart_;  // operands of the current node that the device refused to fuse
};

}  // namespace

// A producer is fused into its consumer where the consumer is the only reader and both have one shape, so that nothing is
// computed twice.
bool fuse_pointwise(Graph& graph, Fusion& fusion) {
  const bool merged = merge_inputs_of_all(graph);
  return PointwiseFuser(graph, fusion).run() || merged;
}

}  // namespace keraunos::host
