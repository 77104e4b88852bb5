// Writes the weights of a model as Keras 3's model.weights.h5.
#pragma once

#include <cstddef>
#include <vector>

#include "loader/keras/layer_graph.h"

namespace keraunos::loader {

/// The bytes of the file: for each layer a group "<path>/vars" with the layer's name, and its weights as saved, "0", "1", …,
/// trainable ones first. The layers of `graph` must have their weights. ModelError where a weight that Keras needs is missing.
/// `optimizer`: the optimizer's variables, named by their paths below "optimizer".
std::vector<std::byte> weights_file(const LayerGraph& graph, const NamedTensors& optimizer);

}  // namespace keraunos::loader
