// The graph of operations: plain data that passes rewrite, devices are asked about, and the planner turns into a plan.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/ops/ops.h"
#include "keraunos/layer.h"

namespace keraunos {

/// The base of host::Graph that public headers name.
class OpaqueGraph {};

namespace host {

enum class Place : uint8_t { device, host };

/// One operation. `in` may hold absent values (id < 0) where an op has optional operands.
struct Node {
  Op op;
  std::vector<Value> in, out;
  std::string origin{};  ///< "encoder#1/dense": the layer call that the node comes from
  Place place = Place::device;
};

/// A value that a Session keeps between calls.
struct State {
  std::string name;
  Value before, after;  ///< `after` absent: the state stays as it is
};

/// A complex tensor: two real ones of one shape and dtype.
struct Complex {
  Value real, imaginary;  ///< absent imaginary part: a real tensor
};

/// A kernel whose results' shapes depend on data. It ends a segment: the graph's outputs are its operands, the host runs it, and
/// the model is lowered again with the types of its results (`known` of ModelSource::lower). The results are then further graph
/// inputs, after the model's own, in order of occurrence.
struct Pending {
  std::shared_ptr<const Kernel> kernel;
  std::string origin;
  std::optional<size_t> replaces{};  ///< index in `known`: its results replace the entries from here on (a step of a loop)
};

/// What a pass did not do, for the plan: "layer: text".
struct PlanNote {
  std::string layer, text;
};

/// Thrown by Builder::call where a kernel ends a segment, after Graph::pending and Graph::outputs are set; the rest is lowered
/// when the results' types are known. This is no error; the lowering of a whole model catches it.
struct SegmentEnd {};

/// Nodes are in topological order: a node's operands are inputs, constants, states or results of earlier nodes.
struct Graph : OpaqueGraph {
  std::vector<ValueInfo> values;
  std::vector<Node> nodes;
  std::vector<Value> inputs, outputs;
  std::vector<State> states;
  std::optional<Pending> pending;
  std::vector<PlanNote> notes;
  /// Complex tensors, by the id of the value that stands for the pair while a model is lowered. No node takes such a value.
  std::map<int, Complex> complex;
  /// For each value, while a pass asks the device: whether it is computed from constants alone, so constant after folding.
  std::vector<char> foldable;
  std::vector<std::vector<TensorType>> known;  ///< results of the data-dependent kernels that ran already, in order of occurrence
  size_t met = 0;                              ///< how many of them lowering has used so far
  std::string origin;                          ///< copied to nodes while the graph is built
  bool is_probe = false;  ///< made at loading with assumed extents: a window may be larger than an extent that varies

  const ValueInfo& info(Value v) const { return values[static_cast<size_t>(v.id)]; }
  ValueInfo& info(Value v) { return values[static_cast<size_t>(v.id)]; }
  bool is_constant(Value v) const { return v && (info(v).constant != nullptr || info(v).folded != nullptr); }
  /// UsageError for an extent below 0 and for a tensor above kMostBytes (extent.h).
  Value add_value(ValueInfo info);
  Value add_constant(std::shared_ptr<const Tensor> tensor);
  /// A value that stands for a complex tensor, of the parts' shape and dtype.
  Value add_complex(Complex parts);
  /// The parts of a complex tensor; nullptr for a real one.
  const Complex* complex_of(Value v) const;
  /// Forgets which tensors are complex, when the graph is written. UsageError where an output is.
  void end_complex();
  /// Appends a node and adds its results, with the types that the operation infers or that the caller states.
  template <InfersResults Own>
  std::vector<Value> add(Own op, std::vector<Value> in) {
    Node node{.op = {}, .in = std::move(in), .out = {}};  // infer() reads the operands
    Types results = op.infer({*this, node});
    return add(std::move(op), std::move(node.in), std::move(results));
  }
  /// UsageError where an operand is complex.
  std::vector<Value> add(Op op, std::vector<Value> in, Types results);
};

Dims dims_of(const Shape& shape);
Shape shape_of(const Dims& dims);
/// UsageError where the product overflows, which cannot happen for a value of a graph.
int64_t elements_of(const Shape& shape);
int64_t bytes_of(const ValueInfo& info);

/// Checks every node against its operation's rules (operands, ranks, dtypes, the results' shapes, order); throws an InternalError
/// naming the node.
void validate(const Graph& graph);

/// One line a node: "%5 = matmul[relu(add)] %3 %4 %1 : float32(10, 5)  # dense"; nested graphs are indented below theirs.
std::string to_string(const Graph& graph);

/// The graph that a builder writes to.
inline Graph& graph_of(const Builder& builder) { return static_cast<Graph&>(builder.graph()); }

}  // namespace host
}  // namespace keraunos
