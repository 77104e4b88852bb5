// Elements in order along an axis.
#pragma once

#include "host/graph/graph.h"
#include "loader/ops/operation.h"

namespace keraunos::loader {

/// What `op` makes of x along any axis; the results have the axis where x has it.
std::vector<Value> sorted_along(Builder& b, Value x, int axis, const host::Sort& op);

}  // namespace keraunos::loader
