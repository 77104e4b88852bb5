// The parts of a model file, whatever holds them: the config, facts about the writer, the weights, assets.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "keraunos/model.h"
#include "loader/files/bytes.h"
#include "loader/files/json.h"
#include "loader/keras/layer_graph.h"
#include "loader/keras/reader.h"

namespace keraunos::loader {

struct Container {
  FileFacts facts;
  SharedJson config;       ///< of the model
  files::SharedBytes weights;  ///< an HDF5 file; null where weights are made up
  Assets assets;
};

/// ModelError in one sentence for whatever is no model.
Container open_container(const std::filesystem::path& path, const LoadOptions& options, bool needs_weights);
Container open_container(files::SharedBytes bytes, const LoadOptions& options);

}  // namespace keraunos::loader
