#include "loader/saving/weights_file.h"

#include <algorithm>
#include <set>

#include "loader/files/libhdf5/writer.h"
#include "loader/keras/class_names.h"
#include "loader/layers/layer_traits.h"
#include "loader/saving/archive_paths.h"
#include "loader/saving/keras3_config.h"

namespace keraunos::loader {
namespace {

using Weights = std::vector<std::pair<std::string, std::shared_ptr<const Tensor>>>;

std::vector<WeightInfo> weights_of(const LayerInstance& layer, bool converts) {
  std::vector<WeightInfo> weights = layer.weights;
  const auto& change = traits_of(layer).weights_to_keras3;
  if (!converts || !change) return weights;
  std::vector<std::shared_ptr<const Tensor>> tensors;
  for (const WeightInfo& weight : weights) tensors.push_back(weight.tensor);
  change(Config(*layer.config, layer.described()), tensors);
  for (size_t i = 0; i < weights.size(); ++i) weights[i].tensor = std::move(tensors[i]);
  return weights;
}

// Keras stores trainable variables before the others.
std::vector<WeightInfo> in_order(const LayerInstance& layer, bool converts) {
  std::vector<WeightInfo> weights = weights_of(layer, converts);
  std::erase_if(weights, [](const WeightInfo& weight) { return weight.tensor == nullptr; });
  std::stable_partition(weights.begin(), weights.end(), [](const WeightInfo& weight) { return weight.trainable; });
  return weights;
}

// Words have their own file among the assets, but their weights are stored here by name.
bool has_name_of_its_own(const WeightInfo& weight) { return weight.name == "idf_weights"; }

Weights named_weights(const LayerInstance& layer, bool converts) {
  Weights result;
  const size_t repeated = traits_of(layer).repeated_child_weights;
  for (size_t i = 0; i < repeated && !layer.children.empty(); ++i)
    result.emplace_back(std::to_string(result.size()), layer.children.front()->weights.at(i).tensor);
  int number = static_cast<int>(result.size());
  for (const WeightInfo& weight : in_order(layer, converts))
    result.emplace_back(has_name_of_its_own(weight) ? weight.name : std::to_string(number++), weight.tensor);
  return result;
}

}  // namespace

std::vector<std::byte> weights_file(const LayerGraph& graph, const NamedTensors& optimizer) {
  std::vector<files::Hdf5Group> groups;
  std::vector<files::Hdf5Dataset> datasets;
  std::vector<std::shared_ptr<const Tensor>> written;  // until the bytes are made
  const bool converts = graph.archive_config == nullptr && graph.dialect.major < 3;
  for (const auto& [layer, path] : archive_paths(graph)) {
    const std::string vars = path.empty() ? "vars" : path + "/vars";
    groups.push_back({vars, {{"name", name_in_keras3(layer->name)}}});
    const std::string& twin = traits_of(*layer).saved_twice_as;
    for (const auto& [name, tensor] : named_weights(*layer, converts)) {
      written.push_back(tensor);
      datasets.push_back({vars + '/' + name, TensorView(*tensor)});
      if (!twin.empty()) datasets.push_back({path + '/' + twin + "/vars/" + name, TensorView(*tensor)});
    }
  }
  for (const auto& [path, tensor] : optimizer) datasets.push_back({"optimizer/" + path, TensorView(*tensor)});
  return files::hdf5_bytes(groups, datasets);
}

}  // namespace keraunos::loader
