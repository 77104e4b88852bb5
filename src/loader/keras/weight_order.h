// The order of Keras's property `weights`, and models that share all but some weights.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "loader/keras/layer_graph.h"
#include "loader/keras/legacy_order.h"

namespace keraunos::loader {

/// Every weight of a layer and of what is inside it, once. In Keras 3 a layer's own come first, trainable ones before others,
/// then those of each layer inside. In Keras 2 that holds for models; in other layers all trainable ones come first.
std::vector<WeightSlot> weight_order(LayerInstance& layer, int major);

/// The graph with layers of its own, which hold the same tensors.
std::shared_ptr<LayerGraph> copy_of(const LayerGraph& graph);

/// A layer by its path; "" is the model itself. UsageError where there is none.
LayerInstance& layer_at(const LayerGraph& graph, std::string_view path);

/// The tensor in the dtype of a weight, where another is given, as NumPy's astype.
std::shared_ptr<const Tensor> tensor_for_weight(const TensorView& values, DType dtype);

/// Model::weights and Model::set_weights.
std::vector<TensorSpec> weights_in_order(const LayerGraph& graph, std::string_view layer);
std::shared_ptr<LayerGraph> with_weights(const LayerGraph& graph, std::span<const TensorView> weights, std::string_view layer);

}  // namespace keraunos::loader
