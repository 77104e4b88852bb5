// A SavedModel folder of Keras 2: its layers from Keras's metadata, its variables from the checkpoint. The traced functions are
// not read here (function_model.h).
#pragma once

#include <filesystem>
#include <optional>

#include "loader/files/budget.h"
#include "loader/files/json.h"
#include "loader/keras/layer_graph.h"

namespace keraunos::loader {

struct SavedModel {
  files::Json metadata;  ///< Keras's description of the root object: "model_config", "keras_version", "backend"
  Assets assets;         ///< vocabularies, from the tables that functions fill
};

/// Absent where Keras's metadata describe no layers: for a subclassed model, and for functions alone.
std::optional<SavedModel> read_saved_model(const std::filesystem::path& folder, const files::SharedBudget& budget);

}  // namespace keraunos::loader
