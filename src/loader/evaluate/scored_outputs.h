// What evaluate() needs of a model beside its outputs: masks, and what the last layer's softmax or sigmoid was applied to.
#pragma once

#include "host/graph/graph.h"
#include "loader/keras/layer_graph.h"

namespace keraunos::loader {

/// The operand of the softmax or sigmoid that makes a value; absent where something else makes it.
Value logits_of(host::Graph& graph, Value output);

/// True where Keras knows the logits of an output: its tensor is the very one that the activation made. `source` is an index into
/// Network::sources.
bool keeps_logits(const Network& network, int source, const Dialect& dialect);

}  // namespace keraunos::loader
