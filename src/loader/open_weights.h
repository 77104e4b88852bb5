// Finds a model's weights and reads them into its layers.
#pragma once

#include <memory>
#include <optional>

#include "loader/keras/keras_model.h"
#include "loader/open_model.h"
#include "loader/package.h"

namespace keraunos::loader {

/// The caller's file of weights (LoadOptions::weights), otherwise the model's own file.
std::optional<files::Hdf5File> weights_file(const Package& package, const LoadOptions& options,
                                            const files::SharedBudget& budget);

/// The TensorFlow checkpoint, for which Keras's save_weights and load_weights use the prefix of the files; null if there is none.
std::shared_ptr<const Checkpoint> checkpoint_of(const Package& package, const LoadOptions& options,
                                                const files::SharedBudget& budget);

/// Reads weights into layers that have none yet. ModelError if weights are missing or do not fit.
void load_weights(LayerGraph& graph, const Package& package, const LoadSource& source);

/// Reads weights into layers that have weights already.
KerasModel::ReadInto reading_into(const LoadOptions& options);

}  // namespace keraunos::loader
