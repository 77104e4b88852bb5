// What evaluate() needs besides the model's outputs: masks, and the operands of the last layer's softmax or sigmoid.
#pragma once

#include <set>
#include <vector>

#include "host/graph/graph.h"
#include "loader/keras/layer_graph.h"

namespace keraunos::loader {

/// The operand of the softmax or sigmoid that makes a value; absent where something else makes it.
Value logits_of(host::Graph& graph, Value output);

/// True where Keras knows the logits of an output, because its tensor is the one that the activation returned. `source` is an
/// index into Network::sources.
bool keeps_logits(const Network& network, int source, const Dialect& dialect);

/// The layers whose activity_regularizer was not met when `counted` was found: other layers compute what they would compute.
std::vector<UnsupportedError::Item> uncounted_regularisers(const LayerInstance& root, const Dialect& dialect,
                                                           const std::set<const LayerInstance*>& counted);
/// Layers whose activity_regularizer Keras does not count.
std::set<const LayerInstance*> layers_without_losses(const SharedLayer& root, const Dialect& dialect);

}  // namespace keraunos::loader
