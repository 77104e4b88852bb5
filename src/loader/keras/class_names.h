// The class of a layer object in a file.
#pragma once

#include <string>
#include <string_view>

#include "loader/keras/layer_graph.h"
#include "loader/layers/layer_traits.h"

namespace keraunos::loader {

/// object[key] if it is a text, else empty.
std::string text_in(const files::Json& object, std::string_view key);

/// "Block" of "my_package>Block".
std::string after_package(const std::string& name);

/// Built-in classes come from Keras's own modules; files older than the v3 format state no module.
bool may_be_built_in(const LayerInstance& layer, const files::Json& object);

/// The name of a class of another library, with its package: as it is registered, "Addons>Maxout", or else by its module,
/// "qkeras>QDense" for "qkeras.qlayers". Empty for Keras's classes and where the file does not state it.
std::string packaged_name(const LayerInstance& layer);

/// The name of the layer's definition in this library's table: its packaged name, or its class name.
std::string definition_name(const LayerInstance& layer);

/// The traits of its definition if that is this library's; otherwise those of a Keras class of the same name.
const LayerTraits& traits_of(const LayerInstance& layer);

}  // namespace keraunos::loader
