// Finds arithmetic with one constant number for each channel (biases, scales and shifts of normalisations), which several passes
// move.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "host/graph/graph.h"

namespace keraunos::host {

/// The operands of a one-step program `function(x, vector)`: x has the result's shape, the vector has one number for each index
/// of the last axis.
std::optional<std::pair<Value, Value>> channel_step(const Graph& graph, const Node& node, Function function);

/// By value: true for constants and for values computed from constants alone.
std::vector<char> constant_values(const Graph& graph);

}  // namespace keraunos::host
