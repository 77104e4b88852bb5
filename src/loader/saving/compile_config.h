// How a model of Keras 1 or 2 was compiled, as Keras 3 writes it.
#pragma once

#include "loader/files/json.h"
#include "loader/keras/layer_graph.h"

namespace keraunos::loader {

/// "compile_config": the optimizer with the arguments that Keras 3 has, without its variables, loss, loss_weights,
/// metrics and weighted_metrics. Losses and metrics that are not Keras's own stay as they are; whoever loads the file gives them
/// as custom_objects.
files::Json compile_config(const Compilation& compilation);

}  // namespace keraunos::loader
