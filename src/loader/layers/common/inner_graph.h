// Lowering into a graph inside the graph: the body of a Loop.
#pragma once

#include <functional>

#include "host/graph/graph.h"
#include "keraunos/layer.h"

namespace keraunos::loader {

/// Everything that `work` lowers, weights and calls of children too, goes into `body`.
void within(Lowering& l, host::Graph& body, const std::function<void()>& work);

/// The body's own name for a value of the graph around it: of one step along axis 1 where `step` says so, else whole.
Value stand_in(host::Graph& body, const host::ValueInfo& outside, bool step);

}  // namespace keraunos::loader
