// The variables of a compiled model's optimizer: out of a file, and as Keras 3 keeps them.
#pragma once

#include <string>

#include "loader/files/hdf5.h"
#include "loader/keras/layer_graph.h"

namespace keraunos::loader {

/// True where the file has variables of an optimizer.
bool has_optimizer_variables(const files::Hdf5File& file);

/// In the optimizer's own order: of an archive by their paths below "optimizer" ("vars/0"), of legacy HDF5 by their names. They
/// are not debited once they are read. ModelError where one cannot be read.
NamedTensors read_optimizer_variables(const files::Hdf5File& file);

/// What goes into an archive below "optimizer".
struct KeptOptimizer {
  NamedTensors variables;
  std::string left_out;  ///< why there are none, though the file has some; empty where it has none
};

/// Of a file of Keras 3 as they are. Of Keras 2 in the order of Keras 3 (keras.optimizers), where both have the same variables.
KeptOptimizer optimizer_for_keras3(const LayerGraph& graph);

}  // namespace keraunos::loader
