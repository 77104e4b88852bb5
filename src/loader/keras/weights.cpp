#include "loader/keras/weights.h"

#include <algorithm>

#include "loader/evaluate/compiled.h"
#include "loader/keras/summary_rows.h"
#include "loader/keras/weight_order.h"

namespace keraunos::loader {

bool is_v3_weights(const files::Hdf5File& file) {
  if (file.attribute_strings("", "layer_names") || file.is_group("model_weights")) return false;
  const std::vector<std::string> names = file.children("");
  return std::any_of(names.begin(), names.end(), [](const std::string& name) {
    return name == "vars" || name == "layers" || name.find("_layer_checkpoint_dependencies") != std::string::npos ||
           name.find('\\') != std::string::npos;
  });
}

namespace {

// Keras warns about an optimizer that it cannot read and continues; here the optimizer is then unknown.
void count_custom_optimizer(OptimizerFacts& facts, const files::Hdf5File& file) {
  const std::string group = "optimizer/vars";
  if (!facts.knows_variables || is_keras_optimizer(*facts.object) || !file.is_group(group)) return;
  try {
    OptimizerFacts counted = facts;
    for (const std::string& path : file.datasets(group)) {
      const files::Hdf5File::Dataset variable = file.dataset(path);
      ++counted.saved_variables;
      counted.saved_elements += variable.dims.elements();
      counted.saved_bytes += static_cast<double>(variable.bytes);
    }
    facts = counted;
  } catch (const ModelError&) {
    return;
  }
}

}  // namespace

void read_weights(LayerGraph& graph, const files::Hdf5File& file, const LoadWeightsOptions* into) {
  graph.weights_file = file.name();
  if (graph.optimizer) count_custom_optimizer(*graph.optimizer, file);
  if (graph.compilation) graph.compilation->iterations = iterations_in(file);
  if (is_v3_weights(file)) {
    if (into != nullptr && into->by_name)
      throw UsageError(file.name() + " is a weights file of Keras 3; by_name is for legacy HDF5 files, as in Keras");
    return read_v3_weights(graph, WeightFiles(file), into);
  }
  if (file.is_group("model_weights")) return read_legacy_weights(graph, file, "model_weights", into);
  if (file.attribute_strings("", "layer_names")) return read_legacy_weights(graph, file, "", into);
  throw ModelError(file.name() +
                   " holds no weights that Keras wrote: it has neither \"layer_names\" nor groups \"layers/…/vars\"");
}

std::shared_ptr<const Tensor> read_weight(const files::Hdf5File& file, const std::string& dataset, const LayerInstance& layer) {
  try {
    return std::make_shared<const Tensor>(file.read_tensor(dataset));
  } catch (const ModelError& error) {
    throw ModelError(layer.described() + ": " + error.what() + "; were config and weights written by the same model?");
  }
}

std::shared_ptr<const Tensor> in_place_of(const WeightInfo& weight, const std::shared_ptr<const Tensor>& tensor,
                                          const LayerInstance& layer, const std::string& file) {
  if (weight.tensor == nullptr) return tensor;
  if (!(weight.tensor->dims() == tensor->dims()))
    throw WeightsMismatch(file + ": " + layer.described() + " has the weight \"" + weight.name + "\" of shape " +
                          weight.tensor->dims().to_string() + ", the file one of shape " + tensor->dims().to_string());
  return tensor->dtype() == weight.tensor->dtype() ? tensor : tensor_for_weight(TensorView(*tensor), weight.tensor->dtype());
}

std::string kept_weights(const LayerInstance& layer, const ModelError& reason) {
  return layer.described() + " keeps weights that it had: " + reason.what();
}

std::string weights_described(const LayerInstance& layer) {
  std::string names;
  for (const WeightInfo& weight : layer.weights) names += (names.empty() ? "" : ", ") + weight.name;
  const std::string count = std::to_string(layer.weights.size()) + (layer.weights.size() == 1 ? " weight" : " weights");
  return names.empty() ? count : count + " (" + names + ')';
}

bool has_weights(const LayerInstance& layer) {
  return !layer.weights.empty() ||
         std::any_of(layer.children.begin(), layer.children.end(), [](const SharedLayer& child) { return has_weights(*child); });
}

}  // namespace keraunos::loader
