// Code shared by the operations that hold graphs: Loop and Branch. The planner makes a nested plan of each graph, inside the plan
// of the outer graph; no device is asked about the operation itself.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "host/ops/operation.h"

namespace keraunos::host {

struct RowPair;

using GraphPointer = std::shared_ptr<const Graph>;

/// The captured operands, which are the same in every run of the graphs: operands from `first` to the last, which are the inputs
/// from `inputs` on of each graph.
struct Captures {
  size_t first;
  std::array<size_t, 2> inputs;
};

/// True when both are absent or have equal contents.
bool same_graph(const GraphPointer& a, const GraphPointer& b);
void mix_graph(Hash& hash, const GraphPointer& graph);
/// " body 1234"; empty for an absent graph.
std::string graph_text(const char* name, const GraphPointer& graph);

/// UsageError unless the graph has exactly these input types and as many results.
void require_graph(const GraphPointer& graph, const char* name, const Types& inputs, size_t results);
/// UsageError unless value `v` of the graph is of the type of `expected`.
void require_type(const ValueInfo& found, const ValueInfo& expected, const std::string& what);
/// The type alone, without a constant's contents.
ValueInfo type_of_value(const ValueInfo& info);

/// A captured operand that is constant in `graph` becomes a constant of the node's graphs, so that they can fold and pack it.
/// Returns whether there was any.
bool bind_constants(const Graph& graph, Node& node);

/// The row axes of a nested graph's results for given row axes of its inputs; empty where its two lowerings differ in more than
/// extents.
std::vector<int> rows_inside(const RowPair& pair, const std::vector<int>& inputs);

}  // namespace keraunos::host
