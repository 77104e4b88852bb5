// Helpers of LayerTraits::config_to_keras3 for changing configs.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "loader/files/json.h"

namespace keraunos::loader {

/// Thrown where something of Keras 1 or 2 cannot be written for Keras 3, with the reason; save() catches it and adds the layer.
struct ConversionError {
  std::string reason;
};

/// The object without this member.
files::Json without_key(const files::Json& object, std::string_view key);
/// Removes keys that have no effect at inference.
void drop_keys(files::Json& object, std::initializer_list<std::string_view> keys);

/// Renames a key in its place, if the object has it.
void rename_key(files::Json& object, std::string_view from, const std::string& to);

/// Replaces a list of one element by the element: [3] → 3. ConversionError for a longer list.
void single_element(files::Json& object, const std::string& key);

}  // namespace keraunos::loader
