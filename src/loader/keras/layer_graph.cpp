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

// Layers of a network that nothing calls (endpoints of losses) may be whatever they like.
void collect(const LayerInstance& layer, std::set<const LayerInstance*>& seen, std::vector<UnsupportedError::Item>& items) {
  if (!seen.insert(&layer).second) return;
  if (!layer.refusal.empty()) items.push_back({layer.path, layer.class_name, layer.refusal});
  if (layer.network == nullptr) {
    for (const SharedLayer& child : layer.children) collect(*child, seen, items);
    return;
  }
  for (const Call& call : layer.network->calls) {
    if (call.layer >= 0) collect(*layer.network->layers[static_cast<size_t>(call.layer)], seen, items);
  }
}

}  // namespace

std::vector<UnsupportedError::Item> refusals_in(const LayerInstance& root) {
  std::set<const LayerInstance*> seen;
  std::vector<UnsupportedError::Item> items;
  collect(root, seen, items);
  return items;
}

void visit_layers(const SharedLayer& root, const std::function<void(LayerInstance&)>& work) {
  std::set<const LayerInstance*> seen;
  visit(root, seen, work);
}

// The caller's definitions are owned, the library's are not.
bool is_built_in(const LayerInstance& layer) {
  if (layer.def != nullptr && layer.def.use_count() > 0) return false;
  return std::all_of(layer.children.begin(), layer.children.end(), [](const SharedLayer& child) { return is_built_in(*child); });
}

void throw_named(const ModelError& error, const std::string& file, const std::string& where) {
  const std::string text = error.what();
  if (dynamic_cast<const UnsupportedError*>(&error) != nullptr || text.find(file) != std::string::npos) throw;
  throw ModelError(file + ": " + where + ": " + text);
}

void throw_refusals(const std::string& file, std::vector<UnsupportedError::Item> items) {
  std::string text = file + " cannot run: ";
  for (size_t i = 0; i < items.size(); ++i) {
    text += (i ? "; layer \"" : "layer \"") + items[i].layer + "\" (" + items[i].class_name + ") " + items[i].reason;
  }
  throw UnsupportedError(text, std::move(items));
}

}  // namespace keraunos::loader
