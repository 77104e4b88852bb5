// Layers that call a function of another SavedModel (keras.layers.TFSMLayer).
#pragma once

#include "loader/tf/function_model.h"

namespace keraunos::loader {

/// Opens the SavedModels that the layers' configs name, after the weights of the file were read. ModelError where there is none,
/// with the layer.
void open_saved_models(LayerGraph& graph);

}  // namespace keraunos::loader
