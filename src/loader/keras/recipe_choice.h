// Which recipe's class a layer of a file is, among the recipes that the caller asks for. Several examples have classes of one
// name; config keys tell most of them apart, and the other copied classes of the file some more.
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

  /// The definition, or none and, where recipes have the class, why none of them is it.
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
