#include "loader/keras/keras1.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>

#include "loader/keras/format_names.h"
#include "loader/layers/layer_traits.h"
#include "loader/layers/table.h"

namespace keraunos::loader {

using files::Json;

namespace {

using Renames = std::map<std::string, std::string, std::less<>>;

// The definitions' entries for Keras 1: renamed classes, and classes that were modes of Merge.
struct NewClasses {
  Renames renamed, merging;

  NewClasses() {
    for (const LayerDef& def : every_layer()) {
      const LayerTraits& traits = traits_of(def.classes.front());
      for (const std::string& name : traits.keras1_classes) renamed.emplace(name, def.classes.front());
      if (!traits.keras1_merge_mode.empty()) merging.emplace(traits.keras1_merge_mode, def.classes.front());
    }
  }
};

const NewClasses& new_classes() {
  static const NewClasses all;
  return all;
}

bool has_key(const std::string& class_name, const std::string& key) {
  const LayerDef* def = definition_of(class_name);
  return def != nullptr && def->keys.contains(key);
}

const Renames& new_keys() {
  static const Renames names{{"nb_filter", "filters"},
                             {"filter_length", "kernel_size"},
                             {"subsample_length", "strides"},
                             {"subsample", "strides"},
                             {"border_mode", "padding"},
                             {"atrous_rate", "dilation_rate"},
                             {"bias", "use_bias"},
                             {"p", "rate"},
                             {"sigma", "stddev"},
                             {"pool_length", "pool_size"},
                             {"stride", "strides"},
                             {"length", "size"},
                             {"inner_activation", "recurrent_activation"}};
  return names;
}

// Keys that affect only training, or how a result is computed but not its value.
bool is_dropped(std::string_view key) {
  constexpr std::array<std::string_view, 8> kDropped{"init",   "dropout_W", "dropout_U",    "consume_less",
                                                     "nb_row", "nb_col",    "filter_shape", "output_shape"};
  return std::find(kDropped.begin(), kDropped.end(), key) != kDropped.end() || key.ends_with("_init") ||
         key.starts_with("kernel_dim");
}

Json kernel_size(const Json& config) {
  Json size = Json::array();
  for (const char* key : {"nb_row", "nb_col", "kernel_dim1", "kernel_dim2", "kernel_dim3"}) {
    if (const Json* extent = config.find(key)) size.push_back(*extent);
  }
  return size;
}

Json as_data_format(const Json& ordering) {
  return ordering.is_string() && ordering.as_string() == "th" ? Json("channels_first") : Json("channels_last");
}

// Each mode of Merge became a class.
std::string merge_class(const Json& config) {
  const Renames& modes = new_classes().merging;
  const Json* mode = config.find("mode");
  const auto found =
      mode != nullptr && mode->is_string() && config.find("layers") == nullptr ? modes.find(mode->as_string()) : modes.end();
  return found == modes.end() ? std::string(kMerge) : found->second;
}

Json merge_config(const Json& config, const std::string& class_name) {
  Json result = Json::object();
  if (const Json* name = config.find("name")) result.set("name", *name);
  const Json* axis = config.find("concat_axis");
  if (axis != nullptr && has_key(class_name, "axis")) result.set("axis", *axis);
  const Json* axes = config.find("dot_axes");
  if (axes != nullptr && has_key(class_name, "axes")) result.set("axes", *axes);
  return result;
}

Json object(const Json& json);

Json config_of(const Json& config, const std::string& class_name) {
  Json result = Json::object();
  for (const auto& [key, value] : config.members()) {
    const auto renamed = new_keys().find(key);
    if (key == "output_dim" && !has_key(class_name, key))
      result.set("units", value);
    else if (key == "dim_ordering")
      result.set("data_format", as_data_format(value));
    else if (key == "input_dtype" && class_name == kInputLayer)
      result.set("dtype", value);
    // Of a BatchNormalization: the behaviour of all later versions.
    else if (key == "mode" && value.is_int() && value.as_int() == 0)
      continue;
    else if (is_dropped(key))
      continue;
    else if (renamed != new_keys().end())
      result.set(renamed->second, value);
    else
      result.set(key, object(value));
  }
  if (Json size = kernel_size(config); size.size() > 0) result.set("kernel_size", std::move(size));
  if (has_key(class_name, "reset_after")) result.set("reset_after", false);
  return result;
}

// Rewrites layer objects at every depth; copies everything else.
Json object(const Json& json) {
  if (json.is_array()) {
    Json result = Json::array();
    for (const Json& item : json.items()) result.push_back(object(item));
    return result;
  }
  if (!json.is_object()) return json;
  const Json* class_name = json.find("class_name");
  const Json* config = json.find("config");
  Json result = Json::object();
  if (class_name == nullptr || config == nullptr || !class_name->is_string() || !config->is_object()) {
    for (const auto& [key, value] : json.members()) result.set(key, object(value));
    return result;
  }
  const Renames& classes = new_classes().renamed;
  const auto renamed = classes.find(class_name->as_string());
  std::string name = renamed == classes.end() ? class_name->as_string() : renamed->second;
  if (name == kMerge) name = merge_class(*config);
  for (const auto& [key, value] : json.members()) {
    if (key == "class_name")
      result.set(key, name);
    else if (key == "config")
      result.set(key, class_name->as_string() == kMerge && name != kMerge ? merge_config(value, name) : config_of(value, name));
    else
      result.set(key, value);
  }
  return result;
}

}  // namespace

bool looks_like_keras1(const Json& json) {
  if (json.is_array()) return std::any_of(json.items().begin(), json.items().end(), looks_like_keras1);
  if (!json.is_object()) return false;
  const Json* class_name = json.find("class_name");
  const bool has_units = class_name != nullptr && class_name->is_string() && has_key(class_name->as_string(), "units");
  const Json* config = json.find("config");
  if (has_units && config != nullptr && config->is_object() && config->find("output_dim") != nullptr) return true;
  for (const auto& [key, value] : json.members()) {
    if (key == "nb_filter" || key == "border_mode" || key == "inner_activation" || key == "dim_ordering") return true;
    if (looks_like_keras1(value)) return true;
  }
  return false;
}

Json as_keras2(const Json& model_config) { return object(model_config); }

}  // namespace keraunos::loader
