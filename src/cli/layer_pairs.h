// Which layer of one model is which of another.
#pragma once

#include <string>
#include <vector>

#include "loader/keras/keras_model.h"

namespace keraunos::cli {

/// A layer whose outputs can be seen (Model::with_outputs).
struct SeenLayer {
  std::string path, class_name;
  std::vector<std::string> outputs;  ///< "(None, 5)"
};

/// In the order in which they run, the layers inside a model before the model. Without inputs.
std::vector<SeenLayer> seen_layers(const loader::KerasModel& model);

struct LayerPairs {
  std::vector<std::pair<size_t, size_t>> pairs;  ///< in the order of the first
  std::vector<size_t> only_first, only_second;
};

/// By path. Of those that are left, by order where classes and shapes agree: the longest sequence of pairs.
LayerPairs pair_layers(const std::vector<SeenLayer>& first, const std::vector<SeenLayer>& second);

}  // namespace keraunos::cli
