// A SavedModel folder of Keras 2: its layers as Keras's own metadata describe them, its variables by the checkpoint beside them.
// The traced functions are not read here (function_model.h).
#pragma once

#include <filesystem>
#include <optional>

#include "loader/files/budget.h"
#include "loader/files/json.h"
#include "loader/keras/layer_graph.h"

namespace keraunos::loader {

struct SavedModel {
  files::Json metadata;  ///< Keras's description of the root object: "model_config", "keras_version", "backend"
  Assets assets;         ///< vocabularies, out of the tables that functions fill
};

/// Nothing where Keras's metadata describe no layers: of a subclassed model, and of functions alone.
std::optional<SavedModel> read_saved_model(const std::filesystem::path& folder, const files::SharedBudget& budget);

}  // namespace keraunos::loader
