// What a layer object of a file says of its class.
#pragma once

#include <string>
#include <string_view>

#include "loader/keras/layer_graph.h"

namespace keraunos::loader {

/// object[key] where that is a text, else nothing.
std::string text_in(const files::Json& object, std::string_view key);

/// "Block" of "my_package>Block".
std::string after_package(const std::string& name);

/// Built-in classes come from Keras's own modules; files older than the v3 format state no module at all.
bool may_be_built_in(const LayerInstance& layer, const files::Json& object);

}  // namespace keraunos::loader
