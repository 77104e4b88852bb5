// The table of Keras layers: every file of this folder offers one family.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "keraunos/layer.h"

namespace keraunos::loader {

/// The functions `<stem>_layers()` of this folder's files. The build writes the body.
std::span<std::vector<LayerDef> (*const)()> layer_families();

/// The layer of a class name ("Dense"); nullptr when there is none.
const LayerDef* find_layer(std::string_view class_name);

}  // namespace keraunos::loader
