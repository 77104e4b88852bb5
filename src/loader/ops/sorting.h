// Sorting along an axis.
#pragma once

#include "host/graph/graph.h"
#include "loader/ops/operation.h"

namespace keraunos::loader {

/// The results of `op` along any axis of x, with that axis in its place.
std::vector<Value> sorted_along(Builder& b, Value x, int axis, const host::Sort& op);

}  // namespace keraunos::loader
