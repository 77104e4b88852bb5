#include <unordered_map>

#include "host/graph/hash.h"
#include "host/passes/edit.h"
#include "host/passes/passes.h"

namespace keraunos::host {

// Two nodes are equal when their ops hash alike and read the same values into results of the same types. Equal ops have equal text, which
// is compared too: a collision of hashes cannot merge what differs.
bool share_equal_nodes(Graph& graph) {
  Substitution substitution(graph);
  std::unordered_multimap<uint64_t, size_t> seen;
  bool changed = false;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    Node& node = graph.nodes[i];
    for (Value& v : node.in) v = substitution(v);
    if (std::holds_alternative<Loop>(node.op) || std::holds_alternative<Call>(node.op)) continue;
    Hash hash;
    hash.mix(hash_of(node.op));
    for (Value v : node.in) hash.mix(v.id);
    for (Value v : node.out) hash.range(dims_of(graph.info(v).shape).span()).mix(graph.info(v).dtype);
    const auto [begin, end] = seen.equal_range(hash.value());
    const Node* twin = nullptr;
    for (auto it = begin; it != end && twin == nullptr; ++it) {
      const Node& other = graph.nodes[it->second];
      if (other.in == node.in && describe(other.op) == describe(node.op) &&
          graph.info(other.out[0]).shape == graph.info(node.out[0]).shape) {
        twin = &other;
      }
    }
    if (twin == nullptr) {
      seen.emplace(hash.value(), i);
      continue;
    }
    for (size_t k = 0; k < node.out.size(); ++k) substitution.replace(node.out[k], twin->out[k]);
    changed = true;
  }
  substitution.apply(graph);
  return changed;
}

}  // namespace keraunos::host
