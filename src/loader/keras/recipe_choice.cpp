#include "loader/keras/recipe_choice.h"

#include <algorithm>

#include "loader/keras/class_names.h"
#include "loader/keras/reader.h"
#include "loader/layers/layer_traits.h"

namespace keraunos::loader {

using files::Json;

namespace {

std::set<std::string> examples_of(const std::vector<std::shared_ptr<const LayerDef>>& definitions) {
  std::set<std::string> examples;
  for (const auto& def : definitions) examples.insert(def->traits->recipes.begin(), def->traits->recipes.end());
  return examples;
}

std::string quoted_list(const std::set<std::string>& names, const char* before_last = "and") {
  std::string text;
  size_t left = names.size();
  for (const std::string& name : names) {
    text += (text.empty() ? "" : left == 1 ? ' ' + std::string(before_last) + ' ' : ", ") + '"' + name + '"';
    --left;
  }
  return text;
}

}  // namespace

RecipeChoice::RecipeChoice(const CustomObjects& custom, const Json& model) {
  for (const auto& def : custom.layers) {
    const bool of_recipe = def->traits != nullptr && !def->traits->recipes.empty();
    if (of_recipe && std::find(recipes_.begin(), recipes_.end(), def) == recipes_.end()) recipes_.push_back(def);
  }
  if (recipes_.empty()) return;
  look_at(model);
  bool first = true;
  for (const auto& [class_name, config] : of_recipes_) {
    const std::set<std::string> examples = examples_of(fitting(class_name, *config));
    if (examples.empty()) continue;
    if (first) whole_ = examples;
    std::erase_if(whole_, [&](const std::string& example) { return !examples.contains(example); });
    first = false;
  }
}

void RecipeChoice::look_at(const Json& json) {
  if (json.is_array()) {
    for (const Json& item : json.items()) look_at(item);
  }
  if (!json.is_object()) return;
  if (is_layer_object(json)) {
    const std::string class_name = after_package(text_in(json, "class_name"));
    classes_.insert(class_name);
    if (!named(class_name).empty()) of_recipes_.emplace_back(class_name, &json["config"]);
  }
  for (const auto& [key, value] : json.members()) look_at(value);
}

RecipeChoice::Definitions RecipeChoice::named(const std::string& class_name) const {
  Definitions result;
  for (const auto& def : recipes_) {
    if (std::find(def->classes.begin(), def->classes.end(), class_name) != def->classes.end()) result.push_back(def);
  }
  return result;
}

RecipeChoice::Definitions RecipeChoice::fitting(const std::string& class_name, const Json& config) const {
  Definitions result = named(class_name);
  std::erase_if(result, [&](const std::shared_ptr<const LayerDef>& def) {
    const LayerTraits& traits = *def->traits;
    const bool lacks = std::any_of(traits.required_keys.begin(), traits.required_keys.end(),
                                   [&](const std::string& key) { return config.find(key) == nullptr; });
    const bool beside = std::any_of(traits.never_beside.begin(), traits.never_beside.end(),
                                    [&](const std::string& other) { return classes_.contains(other); });
    return lacks || beside || unknown_key(*def, config).has_value();
  });
  return result;
}

RecipeChoice::Chosen RecipeChoice::choose(const LayerInstance& layer) const {
  const Definitions candidates = named(layer.class_name);
  if (candidates.empty() || !layer.config->is_object()) return {};
  Definitions fits = fitting(layer.class_name, *layer.config);
  if (fits.empty()) {
    std::set<std::string> keys;
    for (const auto& def : candidates) keys.insert(def->keys.empty() ? "none" : quoted_list(def->keys));
    std::string all;
    for (const std::string& own : keys) all += (all.empty() ? "" : ", or ") + own;
    return {nullptr, "is named like a class of " + quoted_list(examples_of(candidates)) + ", whose config keys are " + all +
                         ", which are not those of the file: register what it computes with CustomObjects::layer"};
  }
  if (fits.size() > 1) {
    std::erase_if(fits, [&](const std::shared_ptr<const LayerDef>& def) {
      return std::none_of(def->traits->recipes.begin(), def->traits->recipes.end(),
                          [&](const std::string& example) { return whole_.contains(example); });
    });
  }
  if (fits.size() == 1) return {fits.front(), {}};
  return {nullptr,
          "has a class that several examples have, each with its own meaning, and the file does not say which one it "
          "is: name the recipe " +
              quoted_list(examples_of(fitting(layer.class_name, *layer.config)), "or") + " (--recipe, CustomObjects::recipe)"};
}

}  // namespace keraunos::loader
