#include "loader/keras/precision.h"

#include <algorithm>
#include <set>

#include "loader/layers/table.h"

namespace keraunos::loader {
namespace {

// A layer of the caller's, or a wrapper around one (an RNN over a cell of the caller's).
bool is_callers(const LayerInstance& layer) {
  if (layer.def != nullptr && !layer.is_operation && layer.def.get() != find_layer(layer.class_name)) return true;
  if (layer.network != nullptr) return false;
  return std::any_of(layer.children.begin(), layer.children.end(), [](const SharedLayer& child) { return is_callers(*child); });
}

void visit(const SharedLayer& layer, DType type, std::set<const LayerInstance*>& seen) {
  if (layer->is_input || !seen.insert(layer.get()).second || is_callers(*layer)) return;
  if (!layer->is_operation && layer->policy.name == "float32") layer->policy = {"mixed_" + std::string(name_of(type)), type, DType::float32};
  for (const SharedLayer& child : layer->children) visit(child, type, seen);
}

}  // namespace

void compute_in(const SharedLayer& root, DType type) {
  std::set<const LayerInstance*> seen;
  visit(root, type, seen);
}

}  // namespace keraunos::loader
