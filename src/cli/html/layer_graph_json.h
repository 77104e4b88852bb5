// The layers of a model and the calls between them as data for a page (page.h).
#pragma once

#include "loader/files/json.h"
#include "loader/keras/keras_model.h"

namespace keraunos::cli {

/// {"layers": one for each layer object, "networks": the graphs of calls; the first is the model's own}. A nested model refers to
/// its network by number, so that a shared one is written once.
files::Json layer_graph_json(const loader::KerasModel& model);

}  // namespace keraunos::cli
