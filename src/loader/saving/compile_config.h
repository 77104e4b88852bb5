// The compilation of a Keras 1 or 2 model in the form of Keras 3.
#pragma once

#include "loader/files/json.h"
#include "loader/keras/layer_graph.h"

namespace keraunos::loader {

/// "compile_config": the optimizer with the arguments that Keras 3 has, without its variables, loss, loss_weights, metrics and
/// weighted_metrics. Custom losses and metrics are not changed; the user passes them as custom_objects when loading the file.
files::Json compile_config(const Compilation& compilation);

}  // namespace keraunos::loader
