#include "loader/keras/class_names.h"

#include "loader/layers/extensions/namesakes.h"
#include "loader/layers/table.h"

namespace keraunos::loader {

using files::Json;

namespace {

std::string package_of(const std::string& module) { return module.substr(0, module.find('.')); }

bool is_of_keras(const std::string& module) {
  const std::string package = package_of(module);
  return package == "keras" || package == "tf_keras" || package == "keras_core" || package == "tensorflow";
}

}  // namespace

std::string text_in(const Json& object, std::string_view key) {
  const Json* value = object.is_object() ? object.find(key) : nullptr;
  return value != nullptr && value->is_string() ? value->as_string() : std::string();
}

std::string after_package(const std::string& name) {
  const size_t separator = name.rfind('>');
  return separator == std::string::npos ? name : name.substr(separator + 1);
}

bool may_be_built_in(const LayerInstance& layer, const Json& object) {
  if (layer.registered_name.find('>') != std::string::npos) return false;
  const Json* module = object.find("module");
  if (module == nullptr) return true;
  return !module->is_null() && is_of_keras(layer.module);
}

std::string packaged_name(const LayerInstance& layer) {
  if (layer.registered_name.find('>') != std::string::npos) return layer.registered_name;
  if (layer.module.empty() && layer.config != nullptr && layer.config->is_object()) {
    const std::string library = library_of_namesake(layer.class_name, *layer.config);
    return library.empty() ? library : library + '>' + layer.class_name;
  }
  if (layer.module.empty() || is_of_keras(layer.module)) return {};
  return package_of(layer.module) + '>' + layer.class_name;
}

std::string definition_name(const LayerInstance& layer) {
  std::string packaged = packaged_name(layer);
  return !packaged.empty() && find_layer(packaged) != nullptr ? packaged : layer.class_name;
}

const LayerTraits& traits_of(const LayerInstance& layer) {
  static const LayerTraits none;
  if (layer.def != nullptr && layer.def->traits != nullptr && !layer.def->traits->recipes.empty()) return *layer.def->traits;
  const std::string packaged = packaged_name(layer);
  if (packaged.empty() || find_layer(packaged) == nullptr) return traits_of(layer.class_name);
  return layer.def.get() == find_layer(packaged) ? traits_of(packaged) : none;
}

}  // namespace keraunos::loader
