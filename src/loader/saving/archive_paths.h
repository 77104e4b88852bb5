// The places of each layer's variables in a `.keras` archive of Keras 3.15: the walk over the attributes of Python objects that
// weights_v3.cpp reads, "layers/dense_1/cell/vars/0".
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "loader/keras/layer_graph.h"

namespace keraunos::loader {

/// Each layer of a model with the path of its group ("" for the model itself), in the order of the walk. Operations have none.
std::vector<std::pair<const LayerInstance*, std::string>> archive_paths(const LayerGraph& graph);

}  // namespace keraunos::loader
