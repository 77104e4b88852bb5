#include "loader/keras/convert_weights.h"

#include "loader/keras/class_names.h"
#include "loader/layers/common/stored_weights.h"

namespace keraunos::loader {

size_t keras1_arrays(const LayerInstance& layer) {
  const size_t gates = traits_of(layer).keras1_gates.size();
  return layer.weights.size() == 3 && gates > 0 ? 3 * gates : layer.weights.size();
}

std::vector<SharedTensor> joined_gates(const LayerInstance& layer, std::span<const SharedTensor> arrays) {
  std::vector<SharedTensor> result;
  for (size_t kind = 0; kind < 3; ++kind) {
    std::vector<SharedTensor> parts;
    for (const size_t gate : traits_of(layer).keras1_gates) parts.push_back(arrays[3 * gate + kind]);
    result.push_back(joined_columns(parts));
  }
  return result;
}

void convert_weights(LayerInstance& layer, bool keras1) {
  const LayerTraits& traits = traits_of(layer);
  if (!traits.convert_weights || layer.weights.empty()) return;
  std::vector<SharedTensor> weights;
  for (const WeightInfo& weight : layer.weights) weights.push_back(weight.tensor);
  if (weights[0] == nullptr) return;
  traits.convert_weights(Config(*layer.config, layer.described()), weights, keras1);
  for (size_t i = 0; i < weights.size(); ++i) layer.weights[i].tensor = std::move(weights[i]);
}

}  // namespace keraunos::loader
