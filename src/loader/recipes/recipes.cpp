#include "loader/recipes/recipes.h"

#include <algorithm>
#include <map>
#include <set>

#include "keraunos/error.h"
#include "keraunos/model.h"
#include "loader/keras/class_names.h"
#include "loader/layers/layer_traits.h"
#include "loader/recipes/recipe_layer.h"

namespace keraunos::loader {
namespace {

const std::vector<LayerDef>& every_recipe_layer() {
  static const std::vector<LayerDef> all = [] {
    std::vector<LayerDef> result;
    for (const auto family : {text_recipes, translation_recipes, patch_recipes, swin_recipes, plain_recipes, vit_keras_recipes}) {
      for (LayerDef& def : family()) result.push_back(std::move(def));
    }
    return result;
  }();
  return all;
}

std::string group_of(const std::string& example) { return example.substr(0, example.find('/')); }

bool is_part_of(const LayerDef& def, std::string_view recipe) {
  const std::vector<std::string>& examples = def.traits->recipes;
  return std::any_of(examples.begin(), examples.end(),
                     [&](const std::string& example) { return example == recipe || group_of(example) == recipe; });
}

const std::string& examples_named(const LayerInstance& layer) { return layer.def->traits->recipes.front(); }

// A pattern "*_W" matches names that begin with the layer's name.
bool fits(std::string_view name, std::string_view pattern) {
  return pattern.starts_with('*') ? name.ends_with(pattern.substr(1)) : name == pattern;
}

void visit_inside(const LayerInstance& recipe, const SharedLayer& layer,
                  const std::function<void(const LayerInstance&, LayerInstance&)>& visit) {
  visit_layers(layer, [&](LayerInstance& inner) { visit(recipe, inner); });
}

}  // namespace

const std::vector<std::string>& recipe_names() {
  static const std::vector<std::string> names = [] {
    std::set<std::string> all;
    for (const LayerDef& def : every_recipe_layer()) {
      for (const std::string& example : def.traits->recipes) all.insert({example, group_of(example)});
    }
    return std::vector<std::string>(all.begin(), all.end());
  }();
  return names;
}

std::vector<std::shared_ptr<const LayerDef>> layers_of_recipe(std::string_view name) {
  std::vector<std::shared_ptr<const LayerDef>> layers;
  for (const LayerDef& def : every_recipe_layer()) {
    if (is_part_of(def, name)) layers.emplace_back(std::shared_ptr<const LayerDef>(), &def);  // not owned: it is built in
  }
  return layers;
}

std::string recipe_with_class(std::string_view class_name) {
  for (const LayerDef& def : every_recipe_layer()) {
    if (std::find(def.classes.begin(), def.classes.end(), class_name) != def.classes.end())
      return group_of(def.traits->recipes.front());
  }
  return {};
}

bool is_of_recipe(const LayerInstance& layer) {
  return layer.def != nullptr && layer.def->traits != nullptr && !layer.def->traits->recipes.empty();
}

std::span<const std::string_view> parameters_of_recipe(std::string_view class_name) {
  static const std::map<std::string_view, std::vector<std::string_view>> all{{"AttentionWeightedAverage", {"mask"}},
                                                                             {"CTCLayer", {"y_pred"}},
                                                                             {"DistanceLayer", {"positive", "negative"}},
                                                                             {"TransformerBlock", {"training"}},
                                                                             {"TransformerDecoder", {"encoder_outputs", "mask"}},
                                                                             {"TransformerEncoder", {"mask"}}};
  const auto found = all.find(class_name);
  return found == all.end() ? std::span<const std::string_view>() : found->second;
}

std::string note_of_recipe(const LayerInstance& layer) {
  if (!is_of_recipe(layer)) return {};
  return "; " + layer.described() + " is taken from the recipe \"" + examples_named(layer) +
         "\", which it does not fit: its author changed the class, so register what it computes with CustomObjects::layer";
}

void check_variable_name(const std::string& file, const LayerInstance& recipe, const LayerInstance& owner, size_t weight,
                         const std::string& variable) {
  std::string name = variable.substr(variable.rfind('/') + 1);
  if (const size_t colon = name.find(':'); colon != std::string::npos) name.erase(colon);
  if (name.starts_with("Variable") || name.starts_with("variable")) return;  // the author gave it no name
  const std::string& known = owner.weights[weight].name;
  const auto& variables = traits_of(owner).variables;
  const auto other = variables.find(known);
  if (name == known || (other != variables.end() && fits(name, other->second))) return;
  throw ModelError(file + ": the weight \"" + known + "\" of " + owner.described() + " is called \"" + variable +
                   "\" in the file" + note_of_recipe(recipe));
}

void throw_left_over(const std::string& file, const LayerInstance& recipe, const std::string& variable) {
  throw ModelError(file + " holds \"" + variable + "\", which is no weight of " + recipe.described() + note_of_recipe(recipe));
}

void visit_recipes(const SharedLayer& root, const std::function<void(const LayerInstance&, LayerInstance&)>& visit) {
  visit_layers(root, [&](LayerInstance& layer) {
    if (!is_of_recipe(layer)) return;
    visit(layer, layer);
    for (const SharedLayer& child : layer.children) visit_inside(layer, child, visit);
  });
}

}  // namespace keraunos::loader

namespace keraunos {

CustomObjects& CustomObjects::recipe(std::string_view name) {
  const auto found = loader::layers_of_recipe(name);
  std::string names;
  for (const std::string& known : loader::recipe_names()) names += (names.empty() ? "" : ", ") + known;
  if (found.empty()) throw UsageError("there is no recipe \"" + std::string(name) + "\"; the recipes are " + names);
  layers.insert(layers.end(), found.begin(), found.end());
  return *this;
}

}  // namespace keraunos
