// What a layer object of a file says of its class.
#pragma once

#include <string>
#include <string_view>

#include "loader/keras/layer_graph.h"
#include "loader/layers/layer_traits.h"

namespace keraunos::loader {

/// object[key] where that is a text, else nothing.
std::string text_in(const files::Json& object, std::string_view key);

/// "Block" of "my_package>Block".
std::string after_package(const std::string& name);

/// Built-in classes come from Keras's own modules; files older than the v3 format state no module at all.
bool may_be_built_in(const LayerInstance& layer, const files::Json& object);

/// The name of a class of another library, with its package: as it is registered, "Addons>Maxout", or else by its module,
/// "qkeras>QDense" of "qkeras.qlayers". Empty for classes of Keras and where the file does not say.
std::string packaged_name(const LayerInstance& layer);

/// The name under which this library's table of layers has the definition of the layer: its packaged name, or its class name.
std::string definition_name(const LayerInstance& layer);

/// What its definition states, where that is this library's; else what holds for a class of Keras of that name.
const LayerTraits& traits_of(const LayerInstance& layer);

}  // namespace keraunos::loader
