// Subclasses of Model and Sequential whose config is that of the base class. Keras writes it for classes with the base's
// constructor; the file does not tell whether they also override call(), so its graph is assumed to be their computation.
#include <algorithm>
#include <array>

#include "loader/keras/format_names.h"
#include "loader/keras/reader.h"

namespace keraunos::loader {

using files::Json;

namespace {

constexpr std::array<std::string_view, 6> kFunctionalKeys{"name",   "trainable",    "dtype",
                                                          "layers", "input_layers", "output_layers"};
constexpr std::array<std::string_view, 5> kSequentialKeys{"name", "trainable", "dtype", "layers", "build_input_shape"};

bool lists_layers(const Json& config) {
  const Json* layers = config.find("layers");
  if (layers == nullptr || !layers->is_array() || layers->size() == 0) return false;
  const auto items = layers->items();
  return std::all_of(items.begin(), items.end(), [](const Json& item) { return is_layer_object(item); });
}

// A custom layer may keep layers in a list of this name too, but it has no InputLayer in the list and no build shape.
bool is_sequential(const Json& config) {
  const Json* first = config["layers"].at(0).find("class_name");
  const bool has_input = first != nullptr && first->is_string() && first->as_string() == kInputLayer;
  return (has_input || config.find("build_input_shape") != nullptr) && !key_beside(config, kSequential);
}

}  // namespace

std::string_view network_form(const LayerInstance& layer) {
  const Json& config = *layer.config;
  if (!config.is_object() || !lists_layers(config)) return {};
  if (config.find("input_layers") != nullptr && config.find("output_layers") != nullptr) return kFunctional;
  return is_sequential(config) ? kSequential : "";
}

std::span<const std::string_view> keys_of_form(std::string_view form) {
  if (form.empty()) return {};
  if (form == kFunctional) return kFunctionalKeys;
  return kSequentialKeys;
}

std::optional<std::string> key_beside(const Json& config, std::string_view form) {
  const std::span<const std::string_view> known = keys_of_form(form);
  for (const auto& [key, value] : config.members()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) return key;
  }
  return std::nullopt;
}

}  // namespace keraunos::loader
