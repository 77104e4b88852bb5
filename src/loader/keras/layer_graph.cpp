#include "loader/keras/layer_graph.h"

#include <algorithm>
#include <set>

namespace keraunos::loader {
namespace {

void visit(const SharedLayer& layer, std::set<const LayerInstance*>& seen, const std::function<void(LayerInstance&)>& work) {
  if (!seen.insert(layer.get()).second) return;
  work(*layer);
  for (const SharedLayer& child : layer->children) visit(child, seen, work);
}

}  // namespace

void visit_layers(const SharedLayer& root, const std::function<void(LayerInstance&)>& work) {
  std::set<const LayerInstance*> seen;
  visit(root, seen, work);
}

// Custom definitions are owned, the library's are not.
bool is_built_in(const LayerInstance& layer) {
  if (layer.def != nullptr && layer.def.use_count() > 0) return false;
  return std::all_of(layer.children.begin(), layer.children.end(), [](const SharedLayer& child) { return is_built_in(*child); });
}

void throw_named(const ModelError& error, const std::string& file, const std::string& where) {
  const std::string text = error.what();
  if (dynamic_cast<const UnsupportedError*>(&error) != nullptr || text.find(file) != std::string::npos) throw;
  throw ModelError(file + ": " + where + ": " + text);
}

}  // namespace keraunos::loader
