// Lists weights in the order of Keras's property `weights`, and makes models that share all weights except some.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "loader/keras/layer_graph.h"
#include "loader/keras/legacy_order.h"

namespace keraunos::loader {

/// Every weight of a layer and of the layers inside it, once. In Keras 3 a layer's own weights come first, trainable ones
/// before others, then those of each inner layer. In Keras 2 this holds for models; in other layers all trainable weights come
/// first.
std::vector<WeightSlot> weight_order(LayerInstance& layer, int major);

/// A copy of the graph; its layers share the tensors.
std::shared_ptr<LayerGraph> copy_of(const LayerGraph& graph);

/// The layer at a path; "" is the model itself. UsageError if there is none.
LayerInstance& layer_at(const LayerGraph& graph, std::string_view path);

/// The tensor converted to the dtype of a weight as by NumPy's astype.
std::shared_ptr<const Tensor> tensor_for_weight(const TensorView& values, DType dtype);

/// The implementations of Model::weights and Model::set_weights.
std::vector<TensorSpec> weights_in_order(const LayerGraph& graph, std::string_view layer);
std::shared_ptr<LayerGraph> with_weights(const LayerGraph& graph, std::span<const TensorView> weights, std::string_view layer);

}  // namespace keraunos::loader
