// A graph copied into another.
#pragma once

#include <span>
#include <unordered_map>
#include <vector>

#include "host/graph/graph.h"

namespace keraunos::host {

/// What values of the graph to be copied are in the other one, by id.
using Names = std::unordered_map<int, Value>;

/// Adds the constants of `from`, so that several copies share them.
Names constants_of(Graph& graph, const Graph& from);
/// Appends the nodes of `from` with `inputs` in the place of its inputs; answers its outputs. Nodes without an origin get that of
/// `graph`.
std::vector<Value> inline_graph(Graph& graph, const Graph& from, std::span<const Value> inputs, Names names);

}  // namespace keraunos::host
