// Pairs the layers of two models.
#pragma once

#include <string>
#include <vector>

#include "loader/keras/keras_model.h"

namespace keraunos::cli {

/// A layer whose outputs are available (Model::with_outputs).
struct SeenLayer {
  std::string path, class_name;
  std::vector<std::string> outputs;  ///< "(None, 5)"
};

/// In the order in which they run, layers of a nested model before the model itself. Without inputs.
std::vector<SeenLayer> seen_layers(const loader::KerasModel& model);

struct LayerPairs {
  std::vector<std::pair<size_t, size_t>> pairs;  ///< in the order of the first
  std::vector<size_t> only_first, only_second;
};

/// Pairs by path; then the remaining layers in order, where classes and shapes agree: the longest common subsequence.
LayerPairs pair_layers(const std::vector<SeenLayer>& first, const std::vector<SeenLayer>& second);

}  // namespace keraunos::cli
