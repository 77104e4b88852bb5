// Recipes: layers of classes that many people copied from an example, for callers who ask for them (CustomObjects::recipe). No
// file is read by such a class's name alone, as authors change what they copy.
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

/// The layers of a recipe; none where there is no such recipe. They live as long as the program.
std::vector<std::shared_ptr<const LayerDef>> layers_of_recipe(std::string_view name);

/// "keras_io": the recipe to try for a class of that name; empty where there is none.
std::string recipe_with_class(std::string_view class_name);

/// True for a layer whose definition is a recipe's.
bool is_of_recipe(const LayerInstance& layer);

/// The parameters of the class's call, in order, but the first one.
std::span<const std::string_view> parameters_of_recipe(std::string_view class_name);

/// What an error about the weights of a layer says besides, where the layer is a recipe's; else nothing.
std::string note_of_recipe(const LayerInstance& layer);

/// Throws where the last part of a variable's name in a file ("dense/kernel:0") is not that of the weight, for weights of a
/// recipe's layer. `recipe` is that layer; the weight belongs to it or to a layer inside.
void check_variable_name(const std::string& file, const LayerInstance& recipe, const LayerInstance& owner, size_t weight,
                         const std::string& variable);

/// Throws: `variable` is the file's, and no weight of the recipe's layer.
[[noreturn]] void throw_left_over(const std::string& file, const LayerInstance& recipe, const std::string& variable);

/// `visit` for each layer of a recipe and each layer inside it, the recipe's layer first.
void visit_recipes(const SharedLayer& root, const std::function<void(const LayerInstance& recipe, LayerInstance& layer)>& visit);

}  // namespace keraunos::loader
