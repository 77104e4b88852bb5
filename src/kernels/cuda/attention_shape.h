#pragma once

#include "host/graph/graph.h"
#include "kernels/cuda/attention.h"

namespace keraunos::cuda {

AttentionShape attention_shape(const host::Graph& graph, const host::Node& node, const host::Attention& op);

}  // namespace keraunos::cuda
