// What operations share that hold graphs: Loop and Branch. The planner makes a plan of each graph, inside the plan of the graph
// that the node is in; no device is asked about the operation itself.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "host/ops/operation.h"

namespace keraunos::host {

struct RowPair;

using GraphPointer = std::shared_ptr<const Graph>;

/// Which operands are the same for every run of the graphs, up to the last: from `first` on, each graph's from `inputs` on.
struct Captures {
  size_t first;
  std::array<size_t, 2> inputs;
};

/// Both absent, or of equal contents.
bool same_graph(const GraphPointer& a, const GraphPointer& b);
void mix_graph(Hash& hash, const GraphPointer& graph);
/// " body 1234"; empty for an absent graph.
std::string graph_text(const char* name, const GraphPointer& graph);

/// UsageError unless the graph takes exactly these types and gives as many results.
void require_graph(const GraphPointer& graph, const char* name, const Types& inputs, size_t results);
/// UsageError unless value `v` of the graph is of the type of `expected`.
void require_type(const ValueInfo& found, const ValueInfo& expected, const std::string& what);
/// The type alone, without a constant's contents.
ValueInfo type_of_value(const ValueInfo& info);

/// What the node's graphs capture and is constant in `graph` becomes a constant of theirs: they can fold and pack it. Answers
/// whether there was any.
bool bind_constants(const Graph& graph, Node& node);

/// Where the rows of the results of a nested graph are, when those of its inputs are given; empty where the two lowerings of it
/// differ in more than extents.
std::vector<int> rows_inside(const RowPair& pair, const std::vector<int>& inputs);

}  // namespace keraunos::host
