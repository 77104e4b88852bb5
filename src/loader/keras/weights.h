// Finds every layer's weights in a file of any Keras version, and reads each once into its final tensor.
#pragma once

#include <cstdint>
#include <string>

#include "keraunos/model.h"
#include "loader/files/hdf5.h"
#include "loader/keras/layer_graph.h"
#include "loader/keras/weight_files.h"

namespace keraunos::loader {

/// True when the file has Keras 3's layout (groups "layers/dense/vars"); the legacy one lists "layer_names".
bool is_v3_weights(const files::Hdf5File& file);

/// The number or the shapes of a layer's weights differ from those in the file.
struct WeightsMismatch : ModelError {
  using ModelError::ModelError;
};

/// The layout of `.keras` archives and `.weights.h5` files. ModelError where weights of a layer are missing or their number
/// differs. `into`: options for layers that have weights already; layers that do not fit may keep theirs.
void read_v3_weights(LayerGraph& graph, const WeightFiles& files, const LoadWeightsOptions* into = nullptr);

/// Finds only the place of each layer in the archive, from its file of weights: for assets, when the weights come from another
/// file.
void locate_layers(LayerGraph& graph, const files::Hdf5File& file);

/// The legacy layout: `base` is "model_weights" in a full model, "" in a weights-only file.
void read_legacy_weights(LayerGraph& graph, const files::Hdf5File& file, const std::string& base,
                         const LoadWeightsOptions* into = nullptr);

/// Either layout.
void read_weights(LayerGraph& graph, const files::Hdf5File& file, const LoadWeightsOptions* into = nullptr);

/// The file's tensor converted to the weight's dtype. WeightsMismatch if the shapes differ.
std::shared_ptr<const Tensor> in_place_of(const WeightInfo& weight, const std::shared_ptr<const Tensor>& tensor,
                                          const LayerInstance& layer, const std::string& file);
/// The sentence for LoadWeightsOptions::warning.
std::string kept_weights(const LayerInstance& layer, const ModelError& reason);

/// Makes weights from their names, equal to those of tests/cases/generate: for tests of networks too large to store.
void fill_synthetic(LayerGraph& graph, uint64_t seed);

/// For a model that cannot run: weights of the shapes that lowering asks for, with undefined contents, so that lowering finds
/// everything else that cannot run.
void fill_unknown(LayerGraph& graph);

/// A weight of this layer; errors name the layer.
std::shared_ptr<const Tensor> read_weight(const files::Hdf5File& file, const std::string& dataset, const LayerInstance& layer);

/// "2 weights (kernel, bias)", for messages.
std::string weights_described(const LayerInstance& layer);

/// True when the layer or anything inside it has weights.
bool has_weights(const LayerInstance& layer);

}  // namespace keraunos::loader
