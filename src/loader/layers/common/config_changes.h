// What LayerTraits::config_to_keras3 does to configs.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "loader/files/json.h"

namespace keraunos::loader {

/// Why something of Keras 1 or 2 cannot be written for Keras 3; save() adds which layer it is of. It leaves no other function.
struct ConversionError {
  std::string reason;
};

/// The members of an object but this one.
files::Json without_key(const files::Json& object, std::string_view key);
/// Drops keys that mean nothing where the layer runs.
void drop_keys(files::Json& object, std::initializer_list<std::string_view> keys);

/// Gives a key another name, in its place, where the object has it.
void rename_key(files::Json& object, std::string_view from, const std::string& to);

/// Drops `groups` of a convolution that has no groups in Keras 3. ConversionError where there are several.
void drop_one_group(files::Json& config);

/// Replaces a list of one element by the element: [3] → 3. ConversionError for a longer list.
void single_element(files::Json& object, const std::string& key);

}  // namespace keraunos::loader
