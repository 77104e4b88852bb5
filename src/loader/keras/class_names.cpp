#include "loader/keras/class_names.h"

namespace keraunos::loader {

using files::Json;

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
  return !module->is_null() &&
         (layer.module.starts_with("keras") || layer.module.starts_with("tf_keras") || layer.module.starts_with("tensorflow"));
}

}  // namespace keraunos::loader
