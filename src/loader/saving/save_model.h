// Model::save: a `.keras` archive as Keras 3.15 writes it.
#pragma once

#include <filesystem>

#include "keraunos/model.h"
#include "loader/keras/probe_sizes.h"
#include "loader/saving/keras3_config.h"

namespace keraunos::loader {

/// What save_model() is told of a model beside its layers.
struct SavedFacts {
  const ShownOutputs& outputs;  ///< shapes and dtypes for the config
  const CustomObjects& custom;  ///< with which the file is read again
  ProbeSizes sizes;             ///< that fit the model's inputs
};

/// Writes config.json, metadata.json, model.weights.h5 and the assets. The bytes depend on the model alone, and nothing stands at
/// `path` before all of it is written. A model that is converted is read again, and must compute the same as `model` does
/// (check_saved.h). UsageError where the file cannot be written; UnsupportedError for layers that Keras 3 does not have.
void save_model(const LayerGraph& graph, const SavedFacts& facts, const Model& model, const std::filesystem::path& path,
                const SaveOptions& options);

}  // namespace keraunos::loader
