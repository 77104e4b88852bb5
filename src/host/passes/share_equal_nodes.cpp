#include <algorithm>
#include <unordered_map>

#include "host/graph/hash.h"
#include "host/passes/edit.h"
#include "host/passes/passes.h"

namespace keraunos::host {

// Two nodes are merged when their operations are equal and they read the same values into results of the same types. Hashes only
// find candidates.
bool share_equal_nodes(Graph& graph) {
  Substitution substitution(graph);
  std::unordered_multimap<uint64_t, size_t> seen;
  bool changed = false;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    Node& node = graph.nodes[i];
    for (Value& v : node.in) v = substitution(v);
    if (!traits_of(node.op).is_pure) continue;
    Hash hash;
    hash.mix(hash_of(node.op));
    for (Value v : node.in) hash.mix(v.id);
    for (Value v : node.out) hash.range(dims_of(graph.info(v).shape).span()).mix(graph.info(v).dtype);
    const auto [begin, end] = seen.equal_range(hash.value());
    const Node* twin = nullptr;
    for (auto it = begin; it != end && twin == nullptr; ++it) {
      const Node& other = graph.nodes[it->second];
      const auto same_type = [&](Value a, Value b) {
        return graph.info(a).shape == graph.info(b).shape && graph.info(a).dtype == graph.info(b).dtype;
      };
      if (other.in == node.in && std::ranges::equal(other.out, node.out, same_type) && other.op == node.op) twin = &other;
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
