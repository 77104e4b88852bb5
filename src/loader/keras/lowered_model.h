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
  std::vector<AddedScore> added;  ///< for evaluate()
};

// The result of lowering with some sizes.
struct KerasModel::Attempt {
  std::optional<Lowered> lowered{};  ///< absent where something is refused
  std::vector<UnsupportedError::Item> refusals{};
  std::string error{};
  bool of_weight = false;  ///< the error is a WeightMismatch
};

/// Outputs in the order of Keras's predict().
template <class Item>
std::vector<Item> in_order_of_predict(std::vector<Item> flattened, const Network& network) {
  if (network.output_order.size() != flattened.size()) return flattened;
  std::vector<Item> ordered;
  for (size_t index : network.output_order) ordered.push_back(std::move(flattened[index]));
  return ordered;
}

/// An input of the model as its caller sees it.
TensorSpec spec_of_input(const NetworkInput& input);

}  // namespace keraunos::loader
