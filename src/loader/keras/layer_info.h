// What the public API shows of layers.
#pragma once

#include "host/model/model_source.h"
#include "loader/keras/layer_graph.h"

namespace keraunos::loader {

/// The layer and what is inside it; operations of keras.ops, which Keras does not list among a model's layers, are left out.
host::LayerInfo layer_info(const LayerInstance& layer);

}  // namespace keraunos::loader
