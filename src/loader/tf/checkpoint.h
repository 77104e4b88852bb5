// Finds a model's variables in a TensorFlow checkpoint by the attributes of Python objects.
#pragma once

#include <filesystem>
#include <memory>

#include "loader/keras/layer_graph.h"
#include "loader/tf/object_graph.h"
#include "loader/tf/tensor_bundle.h"

namespace keraunos::loader {

struct Checkpoint {
  TensorBundle bundle;
  ObjectGraph objects;
};

/// The parameters are those of TensorBundle.
std::shared_ptr<const Checkpoint> open_checkpoint(const std::filesystem::path& folder, const std::filesystem::path& prefix,
                                                  const files::SharedBudget& budget);

/// Reads every layer's weights: layer i of a model is the child "layer-i" of its object. ModelError where an object or a variable
/// is missing.
void read_checkpoint_weights(LayerGraph& graph, const Checkpoint& checkpoint);

}  // namespace keraunos::loader
