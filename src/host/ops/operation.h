// The interface of an operation to generic code, and the view of a node that generic code passes to it.
#pragma once

#include <concepts>
#include <span>
#include <string>

#include "host/graph/hash.h"
#include "host/graph/number.h"
#include "host/graph/value.h"

namespace keraunos::host {

struct Graph;
struct Node;
struct RowRule;

/// Properties of an operation.
struct OpTraits {
  enum Operands : uint8_t { none, first, all };
  bool is_view = false;     ///< the result is the operand's memory: no device and no evaluator computes it
  bool is_nested = false;   ///< it holds graphs (nested.h), which become nested plans; no device computes it
  bool broadcasts = false;  ///< the result may be larger than each operand
  bool is_pure = true;      ///< nodes with equal operations and operands may be merged
  bool takes_text = false;  ///< operands and results may be strings
  bool may_fault = false;   ///< it may set an ErrorWord in a run: it has fault_text()
  bool has_cost = false;    ///< its cost is not that of reading its operands once and writing its results: it has cost()
  /// Operands of the result's shape and type whose memory the result may reuse: kernels read an element, or a row, before they
  /// write it
  Operands overwritten = none;
};

/// A node, whose results may not exist yet, and the properties of its values.
struct NodeView {
  const Graph& graph;
  const Node& node;

  size_t operands() const noexcept;
  size_t results() const noexcept;
  bool has(size_t operand) const noexcept;
  /// Constant when the node runs.
  bool is_constant(size_t operand) const;
  /// UsageError when the operand is absent.
  const ValueInfo& in(size_t operand) const;
  const ValueInfo& out(size_t result = 0) const;
  int rank(size_t operand) const { return static_cast<int>(in(operand).shape.size()); }
  bool holds_text() const;
  /// UsageError when there are fewer or more operands, absent ones included.
  void require_operands(size_t least, size_t most) const;
};

/// The cost of a node beyond reading its operands and writing its results once.
struct OpCost {
  enum Constants : uint8_t { once, in_part, at_every_step };
  double products = 0;         ///< multiplications of matrix elements
  Constants constants = once;  ///< how often its constant operands are read
  int64_t steps = 1;           ///< for at_every_step
};

/// The results' types follow from the operands and the operation: infer() returns them, or throws a UsageError that names the
/// fault.
template <class T>
concept InfersResults = requires(const T& op, const NodeView& node) {
  { op.infer(node) } -> std::same_as<Types>;
};
/// The results' types are part of the node: check() throws a UsageError when they do not fit the operands.
template <class T>
concept StatesResults = requires(const T& op, const NodeView& node) {
  op.check(node);
};

/// The host's part of an operation. The devices' parts: kernels/cpu/operations.h, kernels/cuda/operations.h.
template <class T>
concept Operation = std::equality_comparable<T> &&
    (InfersResults<T> != StatesResults<T>)&&requires(const T& op, const NodeView& node, const RowRule& rule, Hash& hash) {
  { T::traits } -> std::convertible_to<OpTraits>;
  { op.text() } -> std::same_as<std::string>;  // texts are equal only when the operations are
  op.mix(hash);                                // hashes contents, so that the hash is the same in every process
  requires T::traits.is_nested || requires {
    { op.rows(rule) } -> std::same_as<int>;  // the axis of the batch (rows.h)
  };
  requires !T::traits.is_nested || requires(T & own) {
    own.graphs();    // pointers to its graphs, which may be absent
    own.captures();  // which operands they capture
  };
  requires !T::traits.has_cost || requires {
    { op.cost(node) } -> std::same_as<OpCost>;
  };
  requires !T::traits.may_fault || requires {
    { op.fault_text(node) } -> std::same_as<std::string>;  // up to the offending number
  };
};

/// "[1,2]".
std::string list_text(std::span<const int> values);
std::string list_text(std::span<const int64_t> values);

}  // namespace keraunos::host
