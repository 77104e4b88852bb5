// The layers as the public API shows them.
#pragma once

#include "host/model/model_source.h"
#include "loader/keras/layer_graph.h"

namespace keraunos::loader {

/// The layer and its sublayers, without operations of keras.ops, which Keras does not list among a model's layers.
host::LayerInfo layer_info(const LayerInstance& layer);

}  // namespace keraunos::loader
