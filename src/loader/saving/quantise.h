// Rounds weights as Keras 3.15's Model.quantize("int8") and ("int4") do, and changes the config accordingly.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "keraunos/model.h"
#include "loader/keras/layer_graph.h"

namespace keraunos::loader {

/// A model in which the Dense, EinsumDense, Embedding and ReversibleEmbedding layers of models are quantised. `config` is the
/// object for config.json; these layers then have the dtype policy "int8_from_float32".
struct QuantisedModel {
  std::shared_ptr<const LayerGraph> graph;
  files::Json config;
};

/// Layers of these classes inside other layers are not quantised: Keras 3.15 does not load a quantised MultiHeadAttention, and
/// its TimeDistributed omits the scales. `warning` is called for each. UsageError: no layer can be quantised, a layer is
/// quantised already, or a layer computes in a dtype that Keras does not quantise.
QuantisedModel quantised_model(const LayerGraph& graph, const files::Json& config, Quantization mode,
                               const std::function<void(const std::string&)>& warning);

}  // namespace keraunos::loader
