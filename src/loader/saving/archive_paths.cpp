#include "loader/saving/archive_paths.h"

#include <algorithm>
#include <map>
#include <set>

#include "loader/keras/class_names.h"
#include "loader/keras/format_names.h"
#include "loader/keras/snake_case.h"
#include "loader/layers/layer_traits.h"
#include "loader/saving/keras3_config.h"

namespace keraunos::loader {
namespace {

class ArchiveWalk {
 public:
  /// `renames`: classes have the names of earlier Keras versions.
  explicit ArchiveWalk(bool renames) : renames_(renames) {}

  std::vector<std::pair<const LayerInstance*, std::string>> paths;

  void place(const LayerInstance& layer, const std::string& path) {
    if (!placed_.insert(&layer).second) return;
    paths.emplace_back(&layer, path);
    if (layer.network != nullptr) return place_layers(*layer.network, path);
    std::map<std::string, int> used;
    for (const SharedLayer& child : layer.children) {
      if (child->attribute == kGraphChild && child->network != nullptr) {
        place(*child, path);
        continue;
      }
      if (const std::string kept = kept_name(layer, *child); !kept.empty()) {
        place(*child, below(path, kept));
        continue;
      }
      const size_t slash = child->attribute.find('/');  // in a list: named after its class, like the layers of a model
      const std::string name = slash == std::string::npos
                                   ? attribute_of(layer, *child)
                                   : numbered(child->attribute.substr(0, slash + 1) + class_of(*child), used);
      place(*child, below(path, name));
    }
  }

 private:
  std::string class_of(const LayerInstance& layer) const {
    return snake_case(name_in_code(renames_ ? class_in_keras3(layer) : layer.class_name));
  }
  // In a file of Keras 3: the file's own name of the inner layer.
  std::string kept_name(const LayerInstance& layer, const LayerInstance& child) const {
    const std::string prefix = layer.inner_path + '/';
    const bool kept = !renames_ && layer.is_located && child.is_located && child.inner_path.starts_with(prefix);
    return kept ? child.inner_path.substr(prefix.size()) : std::string();
  }
  static std::string attribute_of(const LayerInstance& layer, const LayerInstance& child) {
    const std::vector<std::string>& hidden = traits_of(layer).underscored_children;
    return (std::find(hidden.begin(), hidden.end(), child.attribute) != hidden.end() ? "_" : "") + child.attribute;
  }
  static std::string below(const std::string& path, const std::string& name) { return path.empty() ? name : path + '/' + name; }
  static std::string numbered(const std::string& name, std::map<std::string, int>& used) {
    const int number = used[name]++;
    return number == 0 ? name : name + '_' + std::to_string(number);
  }

  // A layer that an earlier model or wrapper contains too is saved there, but is counted here.
  void place_layers(const Network& network, const std::string& path) {
    if (network.wraps_custom) {
      placed_.erase(network.layers.front().get());
      return place(*network.layers.front(), path);
    }
    std::map<std::string, int> used;
    for (const SharedLayer& layer : network.layers) {
      if (!layer->is_operation) place(*layer, below(below(path, "layers"), numbered(class_of(*layer), used)));
    }
  }

  bool renames_;
  std::set<const LayerInstance*> placed_;
};

}  // namespace

std::vector<std::pair<const LayerInstance*, std::string>> archive_paths(const LayerGraph& graph) {
  ArchiveWalk walk(graph.archive_config == nullptr);
  walk.place(*graph.root, "");
  return std::move(walk.paths);
}

}  // namespace keraunos::loader
