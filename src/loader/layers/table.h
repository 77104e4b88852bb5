// The table of Keras layers: every file of this folder offers one family.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "keraunos/layer.h"

namespace keraunos::loader {

/// The functions `<stem>_layers()` of this folder's files. The build writes the body.
std::span<std::vector<LayerDef> (*const)()> layer_families();

/// All definitions. One without `lower` is that of a class of models (LayerTraits::functional), or of a class that cannot run: it
/// states what holds for a caller's definition too.
const std::vector<LayerDef>& every_layer();
/// The definition of a class name; nullptr when there is none.
const LayerDef* definition_of(std::string_view class_name);

/// The layer of a class name ("Dense"); nullptr when there is none that runs.
const LayerDef* find_layer(std::string_view class_name);

}  // namespace keraunos::loader
