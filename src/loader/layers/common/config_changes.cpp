#include "loader/layers/common/config_changes.h"

namespace keraunos::loader {

using files::Json;

Json without_key(const Json& object, std::string_view key) {
  Json result = Json::object();
  for (const auto& [name, value] : object.members()) {
    if (name != key) result.set(name, value);
  }
  return result;
}

void drop_keys(Json& object, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) object = without_key(object, key);
}

void rename_key(Json& object, std::string_view from, const std::string& to) {
  if (object.find(from) == nullptr) return;
  Json result = Json::object();
  for (const auto& [name, value] : object.members()) result.set(name == from ? to : name, value);
  object = std::move(result);
}

void single_element(Json& object, const std::string& key) {
  const Json* value = object.find(key);
  if (value == nullptr || !value->is_array()) return;
  if (value->size() != 1)
    throw ConversionError{key + '=' + value->dump() + " has no counterpart in Keras 3, which takes one number"};
  Json element = value->at(0);
  object.set(key, std::move(element));
}

}  // namespace keraunos::loader
