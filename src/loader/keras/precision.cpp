#include "loader/keras/precision.h"

#include <set>

namespace keraunos::loader {
namespace {

void visit(const SharedLayer& layer, DType type, std::set<const LayerInstance*>& seen) {
  // A custom layer, or a wrapper around one (an RNN over a cell).
  const bool callers = layer->network == nullptr && !is_built_in(*layer);
  if (layer->is_input || !seen.insert(layer.get()).second || callers) return;
  if (!layer->is_operation && layer->policy.name == "float32")
    layer->policy = {"mixed_" + std::string(name_of(type)), type, DType::float32};
  for (const SharedLayer& child : layer->children) visit(child, type, seen);
}

}  // namespace

void compute_in(const SharedLayer& root, DType type) {
  std::set<const LayerInstance*> seen;
  visit(root, type, seen);
}

}  // namespace keraunos::loader
