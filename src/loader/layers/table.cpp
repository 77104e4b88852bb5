#include "loader/layers/table.h"

#include <map>
#include <string>

#include "loader/layers/layer_traits.h"

namespace keraunos::loader {

const std::vector<LayerDef>& every_layer() {
  static const std::vector<LayerDef> all = [] {
    std::vector<LayerDef> result;
    for (const auto family : layer_families()) {
      for (LayerDef& def : family()) result.push_back(std::move(def));
    }
    return result;
  }();
  return all;
}

const LayerDef* definition_of(std::string_view class_name) {
  static const std::map<std::string_view, const LayerDef*> by_class = [] {
    std::map<std::string_view, const LayerDef*> result;
    for (const LayerDef& def : every_layer()) {
      for (const std::string& name : def.classes) result.emplace(name, &def);
    }
    return result;
  }();
  const auto found = by_class.find(class_name);
  return found == by_class.end() ? nullptr : found->second;
}

const LayerDef* find_layer(std::string_view class_name) {
  const LayerDef* def = definition_of(class_name);
  return def != nullptr && def->lower ? def : nullptr;
}

const LayerTraits& traits_of(std::string_view class_name) {
  static const LayerTraits none;
  const LayerDef* def = definition_of(class_name);
  return def == nullptr || def->traits == nullptr ? none : *def->traits;
}

}  // namespace keraunos::loader
