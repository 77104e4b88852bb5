// Model::save: writes a `.keras` archive in the format of Keras 3.15.
#pragma once

#include <filesystem>

#include "keraunos/model.h"
#include "loader/keras/probe_sizes.h"
#include "loader/saving/keras3_config.h"

namespace keraunos::loader {

/// Facts for save_model() besides the layers.
struct SavedFacts {
  const ShownOutputs& outputs;  ///< shapes and dtypes for the config
  const CustomObjects& custom;  ///< for reading the file again
  ProbeSizes sizes;             ///< sizes that fit the model's inputs
};

/// Writes config.json, metadata.json, model.weights.h5 and the assets. The bytes depend on the model alone, and nothing exists at
/// `path` before everything is written. A converted model is read again, and must compute the same as `model` (check_saved.h).
/// UsageError where the file cannot be written; UnsupportedError for layers that Keras 3 does not have.
void save_model(const LayerGraph& graph, const SavedFacts& facts, const Model& model, const std::filesystem::path& path,
                const SaveOptions& options);

}  // namespace keraunos::loader
