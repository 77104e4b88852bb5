// Selects the recipe of a layer among the recipes that the caller named. Several examples define classes of the same name; they
// differ in their config keys, or in the other copied classes of the file.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "keraunos/model.h"
#include "loader/keras/layer_graph.h"

namespace keraunos::loader {

class RecipeChoice {
 public:
  /// `model` is the config of the whole file.
  RecipeChoice(const CustomObjects& custom, const files::Json& model);

  /// The definition. If it is null and recipes have a class of this name, the text says why none of them is selected.
  using Chosen = std::pair<std::shared_ptr<const LayerDef>, std::string>;
  Chosen choose(const LayerInstance& layer) const;

 private:
  using Definitions = std::vector<std::shared_ptr<const LayerDef>>;
  void look_at(const files::Json& json);
  Definitions named(const std::string& class_name) const;
  Definitions fitting(const std::string& class_name, const files::Json& config) const;

  Definitions recipes_;                                                 // in the order in which the caller named them
  std::set<std::string> classes_;                                       // of all layers of the file
  std::vector<std::pair<std::string, const files::Json*>> of_recipes_;  // class and config of layers with such a class
  std::set<std::string> whole_;                                         // examples that all of these fit
};

}  // namespace keraunos::loader
