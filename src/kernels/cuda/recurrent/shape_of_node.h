#pragma once

#include "host/graph/graph.h"
#include "kernels/cuda/recurrent/shape.h"

namespace keraunos::cuda {

RecurrentShape recurrent_shape(const host::Graph& graph, const host::Node& node, const host::Recurrent& op);

}  // namespace keraunos::cuda
