#include "loader/keras/shapes.h"

#include "keraunos/error.h"

namespace keraunos::loader {

using files::Json;

std::optional<InputShape> parse_shape(const Json* json) {
  if (json != nullptr && json->is_object()) json = json->find("items");  // a tuple of Keras 2
  if (json == nullptr || !json->is_array()) return std::nullopt;
  InputShape shape;
  for (const Json& extent : json->items()) {
    if (extent.is_null())
      shape.push_back(std::nullopt);
    else if (extent.is_int() && extent.as_int() >= 0)
      shape.push_back(extent.as_int());
    else
      return std::nullopt;
  }
  return shape;
}

namespace {

// A malformed shape is an error: ignored, it would make the model look as if it was never built.
void check_shape(const Json& value, const char* key, const LayerInstance& layer, const std::string& file) {
  if (value.is_null() || parse_shape(&value)) return;
  throw ModelError(file + ": " + layer.described() + ": config key \"" + key + "\" should be a shape such as [null, 3], found " +
                   value.dump().substr(0, 80));
}

}  // namespace

std::optional<InputShape> shape_of_input(const LayerInstance& layer, const std::string& file) {
  if (!layer.config->is_object()) return std::nullopt;
  for (const char* key : {"batch_shape", "batch_input_shape"}) {
    if (const Json* value = layer.config->find(key)) check_shape(*value, key, layer, file);
  }
  for (const char* key : {"batch_shape", "batch_input_shape"}) {
    if (auto shape = parse_shape(layer.config->find(key))) return shape;
  }
  for (const char* key : {"input_shape", "shape"}) {
    if (auto shape = parse_shape(layer.config->find(key))) {
      shape->insert(shape->begin(), std::nullopt);
      return shape;
    }
  }
  // Dense(3, input_dim=4), unless the key is the layer's own, such as the size of an Embedding's table.
  const Json* width = layer.config->find("input_dim");
  const bool is_own = layer.def != nullptr && layer.def->keys.contains("input_dim");
  if (width != nullptr && width->is_int() && !is_own && !layer.is_input) {
    return InputShape{std::nullopt, width->as_int()};
  }
  return std::nullopt;
}

}  // namespace keraunos::loader
