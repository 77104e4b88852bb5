// Reads the variables of a compiled model's optimizer, and arranges them as Keras 3 saves them.
#pragma once

#include <span>
#include <string>

#include "loader/files/hdf5.h"
#include "loader/keras/layer_graph.h"
#include "loader/tf/checkpoint.h"

namespace keraunos::loader {

/// True if the file contains variables of an optimizer.
bool has_optimizer_variables(const files::Hdf5File& file);

/// The variables in the optimizer's order, named by their paths below "optimizer" ("vars/0") in archives and by their names in
/// legacy HDF5 files. The budget is not debited for them. ModelError if one cannot be read.
NamedTensors read_optimizer_variables(const files::Hdf5File& file);
/// The same from all shards of an archive's weights.
NamedTensors read_optimizer_variables(std::span<const files::Hdf5File> shards);

/// The same for a checkpoint of TensorFlow: optimizers of Keras 2.11 and later keep their variables in a list. The older ones
/// keep them as slots, which are not read.
bool has_optimizer_variables(const Checkpoint& checkpoint);
NamedTensors read_optimizer_variables(const Checkpoint& checkpoint);

/// The variables that an archive contains below "optimizer".
struct KeptOptimizer {
  NamedTensors variables;
  std::string left_out;  ///< the reason if the file has variables that are not kept; otherwise empty
};

/// Variables from a Keras 3 file are unchanged. Those from Keras 2 are put into the order of Keras 3 (keras.optimizers) if both
/// have the same variables.
KeptOptimizer optimizer_for_keras3(const LayerGraph& graph);

}  // namespace keraunos::loader
