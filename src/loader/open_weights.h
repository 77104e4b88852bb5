// Where a model's weights lie, and reading them into its layers.
#pragma once

#include <memory>
#include <optional>

#include "loader/keras/keras_model.h"
#include "loader/open_model.h"
#include "loader/package.h"

namespace keraunos::loader {

/// The caller's file (LoadOptions::weights), else the model's own.
std::optional<files::Hdf5File> weights_file(const Package& package, const LoadOptions& options,
                                            const files::SharedBudget& budget);

/// A checkpoint of TensorFlow, of which Keras's save_weights and load_weights name the files' common beginning; else none.
std::shared_ptr<const Checkpoint> checkpoint_of(const Package& package, const LoadOptions& options,
                                                const files::SharedBudget& budget);

/// Into layers that have no weights yet. ModelError where the weights are missing or do not fit.
void load_weights(LayerGraph& graph, const Package& package, const LoadSource& source);

/// Into the layers of a model that has weights.
KerasModel::ReadInto reading_into(const LoadOptions& options);

}  // namespace keraunos::loader
