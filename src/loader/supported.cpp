#include "loader/supported.h"

#include <algorithm>
#include <set>

#include "loader/layers/layer_traits.h"
#include "loader/layers/table.h"
#include "loader/ops/operation.h"
#include "loader/python/functions.h"
#include "loader/recipes/recipes.h"

namespace keraunos::loader {
namespace {

// Layers that only other layers of their library create: "keras_hub>part>LlamaLayerNorm".
bool is_part(const std::string& name) { return name.find(">part>") != std::string::npos; }

std::vector<std::string> sorted(std::vector<std::string> names) {
  std::erase_if(names, is_part);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

// A recipe that consists of several examples.
bool is_group(const std::string& name) {
  const std::vector<std::string>& all = recipe_names();
  return std::any_of(all.begin(), all.end(), [&](const std::string& other) { return other.starts_with(name + '/'); });
}

std::vector<std::string> recipes_with_classes() {
  std::vector<std::string> lines;
  for (const std::string& name : recipe_names()) {
    if (is_group(name)) continue;
    std::set<std::string> classes;
    for (const auto& def : layers_of_recipe(name)) classes.insert(def->classes.begin(), def->classes.end());
    std::string line = name + ':';
    for (const std::string& class_name : classes) line += ' ' + class_name;
    lines.push_back(line);
  }
  return lines;
}

}  // namespace

SupportedNames supported_names() {
  SupportedNames all;
  for (const auto family : layer_families()) {
    for (const LayerDef& layer : family()) {
      const bool is_model = layer.traits != nullptr && layer.traits->functional;
      if (!layer.lower && !is_model) continue;                   // it has only traits
      if (layer.classes.front().find('>') != std::string::npos)  // with the package of another library
        all.extensions.push_back(layer.classes.front());
      else
        all.layers.insert(all.layers.end(), layer.classes.begin(), layer.classes.end());
    }
  }
  all.layers.emplace_back("Lambda");  // made from a file's code, not in the table
  for (const Operation& operation : every_operation()) {
    all.operations.insert(all.operations.end(), operation.keras.begin(), operation.keras.end());
    all.functions.insert(all.functions.end(), operation.tensorflow.begin(), operation.tensorflow.end());
  }
  const std::vector<std::string> written = python::written_names();
  all.functions.insert(all.functions.end(), written.begin(), written.end());
  return {sorted(std::move(all.layers)), sorted(std::move(all.operations)), sorted(std::move(all.functions)),
          sorted(std::move(all.extensions)), recipes_with_classes()};
}

}  // namespace keraunos::loader
