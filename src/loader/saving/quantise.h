// Weights as Keras 3.15's Model.quantize("int8") and ("int4") round them, and the config that says so.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "keraunos/model.h"
#include "loader/keras/layer_graph.h"

namespace keraunos::loader {

/// A model with some layers quantised: Dense, EinsumDense, Embedding and ReversibleEmbedding that stand in a model. `config` is
/// the object for config.json, whose layers then have the dtype policy "int8_from_float32".
struct QuantisedModel {
  std::shared_ptr<const LayerGraph> graph;
  files::Json config;
};

/// Layers of these classes inside others stay as they are: Keras 3.15 does not load a MultiHeadAttention in which they are
/// quantised, and in a TimeDistributed it forgets the scales. `warning` is told which. UsageError: no layer can be quantised, or
/// one is already, or computes in a type that Keras does not quantise.
QuantisedModel quantised_model(const LayerGraph& graph, const files::Json& config, Quantization mode,
                               const std::function<void(const std::string&)>& warning);

}  // namespace keraunos::loader
