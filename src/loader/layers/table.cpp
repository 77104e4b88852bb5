#include "loader/layers/table.h"

#include <map>
#include <string>

namespace keraunos::loader {

const LayerDef* find_layer(std::string_view class_name) {
  static const std::vector<LayerDef> all = [] {
    std::vector<LayerDef> result;
    for (const auto family : layer_families()) {
      for (LayerDef& def : family()) result.push_back(std::move(def));
    }
    return result;
  }();
  static const std::map<std::string_view, const LayerDef*> by_class = [] {
    std::map<std::string_view, const LayerDef*> result;
    for (const LayerDef& def : all) {
      for (const std::string& name : def.classes) result.emplace(name, &def);
    }
    return result;
  }();
  const auto found = by_class.find(class_name);
  return found == by_class.end() ? nullptr : found->second;
}

}  // namespace keraunos::loader
