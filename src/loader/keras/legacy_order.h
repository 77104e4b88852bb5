// The order in which a legacy HDF5 file lists the weights of one layer of the model: first everything that was trainable when the
// file was written, over all layers inside it, then the rest. Weights of frozen layers (trainable: false) belong to the rest.
#pragma once

#include <vector>

#include "loader/keras/layer_graph.h"

namespace keraunos::loader {

struct WeightSlot {
  LayerInstance* layer = nullptr;
  size_t weight = 0;
  friend bool operator==(const WeightSlot&, const WeightSlot&) = default;
};

/// Each weight once. `major` is the version of the Keras that wrote the file: 2 and 3 order the weights of partly frozen models
/// differently.
std::vector<WeightSlot> legacy_order(LayerInstance& layer, int major);

}  // namespace keraunos::loader
