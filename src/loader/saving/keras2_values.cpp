#include "loader/saving/keras2_values.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "loader/keras/class_names.h"
#include "loader/keras/format_names.h"
#include "loader/keras/reader.h"
#include "loader/layers/common/config_changes.h"

namespace keraunos::loader {

using files::Json;

namespace {

// Keys of Keras 2 that Keras 3 does not accept, with their neutral values; without values: any value.
struct ForgottenKey {
  std::string_view key;
  std::optional<Json> harmless{};
};

const std::array<ForgottenKey, 22>& forgotten_keys() {
  static const std::array<ForgottenKey, 22> keys{{
      {"batch_input_shape"},
      {"dynamic"},
      {"input_dtype"},
      {"implementation"},
      {"consume_less"},
      {"input_length"},
      {"fused"},
      {"vocabulary_size"},
      {"query_shape"},
      {"key_shape"},
      {"value_shape"},
      {"has_vocabulary"},
      {"time_major", Json(false)},
      {"renorm", Json(false)},
      {"virtual_batch_size", Json(nullptr)},
      {"experimental_autocast"},
      {"W_regularizer"},  // Keras 1: used in training only, in classes that Keras 3 lacks
      {"U_regularizer"},
      {"b_regularizer"},
      {"W_constraint"},
      {"U_constraint"},
      {"b_constraint"},
  }};
  return keys;
}

bool is_forgotten(const std::string& key, const Json& value) {
  for (const ForgottenKey& forgotten : forgotten_keys()) {
    if (key != forgotten.key) continue;
    if (!forgotten.harmless || *forgotten.harmless == value || value.is_null()) return true;
    throw ConversionError{key + '=' + value.dump() + " has no counterpart in Keras 3"};
  }
  return false;
}

std::string module_of(const std::string& key) {
  if (key.ends_with("initializer")) return "keras.initializers";
  if (key.ends_with("regularizer")) return "keras.regularizers";
  if (key.ends_with("constraint")) return "keras.constraints";
  return {};
}

// TensorFlow 1 wrote dtypes of initialisers, and Keras before 2.2.3 used other names of distributions.
Json initialiser(const std::string& module, const Json& object) {
  Json config = object["config"].is_object() ? without_key(object["config"], "dtype") : Json::object();
  const Json* distribution = config.find("distribution");
  if (distribution != nullptr && *distribution == Json("normal")) config.set("distribution", "truncated_normal");
  return serialised(module, after_package(text_in(object, "class_name")), std::move(config));
}

bool is_policy(const Json& value) {
  const std::string name = text_in(value, "class_name");
  return name == "Policy" || name == "PolicyV1";
}

Json policy(const Json& object) {
  Json config = Json::object();
  config.set("name", object["config"]["name"]);
  return serialised("keras", "DTypePolicy", std::move(config));
}

Json value_of(const std::string& key, const Json& value, const LayerObject& layer_object);

Json list_of(const std::string& key, const Json& list, const LayerObject& layer_object) {
  Json result = Json::array();
  for (const Json& item : list.items()) result.push_back(value_of(key, item, layer_object));
  return result;
}

// An object that is neither a layer nor known by its key: from `.keras` files of Keras 2.15, whose form is that of Keras 3.
Json value_of(const std::string& key, const Json& value, const LayerObject& layer_object) {
  if (value.is_array()) return list_of(key, value, layer_object);
  if (!value.is_object()) return value;
  if (text_in(value, "class_name") == "__tuple__") return list_of(key, value["items"], layer_object);
  if (is_policy(value)) return policy(value);
  const Json& array = files::array_in(value);  // Keras 3 accepts lists and numbers
  if (&array != &value) return array;
  if (value.find("class_name") == nullptr) return key.ends_with("_regularizer") ? Json(nullptr) : value;  // of Keras 1
  const std::string module = module_of(key);
  if (!module.empty())
    return module == "keras.initializers" ? initialiser(module, value)
                                          : serialised(module, text_in(value, "class_name"), value["config"]);
  return is_layer_object(value) ? layer_object(value) : value;
}

}  // namespace

Json serialised(std::string module, std::string class_name, Json config) {
  Json object = Json::object();
  object.set("module", std::move(module)).set("class_name", std::move(class_name)).set("config", std::move(config));
  object.set("registered_name", nullptr);
  return object;
}

Json keras3_values(const Json& config, const LayerObject& layer_object) {
  Json result = Json::object();
  for (const auto& [key, value] : config.members()) {
    if (!is_forgotten(key, value)) result.set(key, value_of(key, value, layer_object));
  }
  return result;
}

}  // namespace keraunos::loader
