// The table of Keras layers: every file of this folder adds one family.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "keraunos/layer.h"

namespace keraunos::loader {

/// The functions `<stem>_layers()` of this folder's files. The build generates the body.
std::span<std::vector<LayerDef> (*const)()> layer_families();

/// All definitions. One without `lower` belongs to a class of models (LayerTraits::functional), or to a class that cannot run:
/// its traits also apply to a custom definition.
const std::vector<LayerDef>& every_layer();
/// The definition of a class name; nullptr when there is none.
const LayerDef* definition_of(std::string_view class_name);

/// The layer of a class name ("Dense"); nullptr when there is none that can run.
const LayerDef* find_layer(std::string_view class_name);

}  // namespace keraunos::loader
