// Recipes: classes that many people copied from an example. They are used only if the caller names the recipe
// (CustomObjects::recipe), because authors change what they copy.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "loader/keras/layer_graph.h"

namespace keraunos::loader {

/// Every name that CustomObjects::recipe takes, sorted: "keras_io", "keras_io/captcha_ocr".
const std::vector<std::string>& recipe_names();

/// The layers of a recipe; empty if there is no such recipe. They live as long as the program.
std::vector<std::shared_ptr<const LayerDef>> layers_of_recipe(std::string_view name);

/// The recipe that has a class of this name ("keras_io"); empty if there is none.
std::string recipe_with_class(std::string_view class_name);

/// True for a layer whose definition is a recipe's.
bool is_of_recipe(const LayerInstance& layer);

/// The parameters of the class's call in order, without the first one.
std::span<const std::string_view> parameters_of_recipe(std::string_view class_name);

/// The end of a message about a recipe's layer whose weights do not fit; empty for other layers.
std::string note_of_recipe(const LayerInstance& layer);

/// Compares the last part of a variable's name in a file ("dense/kernel:0") with the name of the weight; ModelError if they
/// differ. The weight belongs to `recipe`, a recipe's layer, or to a layer inside it.
void check_variable_name(const std::string& file, const LayerInstance& recipe, const LayerInstance& owner, size_t weight,
                         const std::string& variable);

/// Throws the ModelError for a variable in the file that is no weight of the recipe's layer.
[[noreturn]] void throw_left_over(const std::string& file, const LayerInstance& recipe, const std::string& variable);

/// Calls `visit` for each recipe's layer, and then for each layer inside it.
void visit_recipes(const SharedLayer& root, const std::function<void(const LayerInstance& recipe, LayerInstance& layer)>& visit);

}  // namespace keraunos::loader
