#include <algorithm>

#include "host/passes/edit.h"
#include "host/passes/passes.h"

namespace keraunos::host {
namespace {

// A permutation moves no data when it keeps the order of all extents above 1.
bool moves_no_data(const Shape& shape, const std::vector<int>& permutation) {
  int last = -1;
  for (int axis : permutation) {
    if (shape[static_cast<size_t>(axis)].size == 1) continue;
    if (axis < last) return false;
    last = axis;
  }
  return true;
}

}  // namespace

bool merge_views(Graph& graph) {
  const Uses uses(graph);
  Substitution substitution(graph);
  bool changed = false;
  const auto source = [&](Value v) { return uses.maker(v) >= 0 ? &graph.nodes[static_cast<size_t>(uses.maker(v))] : nullptr; };
  for (Node& node : graph.nodes) {
    if (auto* transpose = std::get_if<Transpose>(&node.op)) {
      const Node* before = source(node.in[0]);
      if (const auto* first = before ? std::get_if<Transpose>(&before->op) : nullptr) {
        std::vector<int> combined;
        for (int axis : transpose->permutation) combined.push_back(first->permutation[static_cast<size_t>(axis)]);
        transpose->permutation = combined;
        node.in[0] = before->in[0];
        changed = true;
      }
      if (moves_no_data(graph.info(node.in[0]).shape, transpose->permutation)) {
        node.op = Reshape{};
        changed = true;
      }
    }
    if (traits_of(node.op).is_view) {
      const Node* before = source(node.in[0]);
      if (before && traits_of(before->op).is_view) {
        node.in[0] = before->in[0];
        changed = true;
      }
      if (graph.info(node.in[0]).shape == graph.info(node.out[0]).shape) {
        substitution.replace(node.out[0], node.in[0]);
        changed = true;
      }
    }
  }
  substitution.apply(graph);
  return changed;
}

}  // namespace keraunos::host
