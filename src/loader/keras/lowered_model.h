// The result of lowering a whole model, shared by the sources of KerasModel.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "loader/keras/keras_model.h"

namespace keraunos::loader {

struct KerasModel::Lowered {
  host::Graph graph;
  std::vector<Traced> outputs;
  std::map<std::string, LayerOutputs> by_path;
};

// The result of lowering with some sizes.
struct KerasModel::Attempt {
  std::optional<Lowered> lowered{};  ///< absent where something is refused
  std::vector<UnsupportedError::Item> refusals{};
  std::string error{};
  bool of_weight = false;  ///< the error is a WeightMismatch
};

/// An input of the model as its caller sees it.
TensorSpec spec_of_input(const NetworkInput& input);

}  // namespace keraunos::loader
