// Copies a graph into another one.
#pragma once

#include <span>
#include <unordered_map>
#include <vector>

#include "host/graph/graph.h"

namespace keraunos::host {

/// The values in the target graph, by the ids of the copied graph's values.
using Names = std::unordered_map<int, Value>;

/// Adds the constants of `from` once, so that several copies share them.
Names constants_of(Graph& graph, const Graph& from);
/// Appends the nodes of `from` with `inputs` in place of its inputs; returns its outputs. Nodes without an origin get that of
/// `graph`.
std::vector<Value> inline_graph(Graph& graph, const Graph& from, std::span<const Value> inputs, Names names);

}  // namespace keraunos::host
