// Helpers of passes: the node that makes a value, the number of its uses, and replacement of values.
#pragma once

#include <string>
#include <vector>

#include "host/graph/graph.h"

namespace keraunos::host {

/// Properties of a graph at one moment; passes make a new object after each sweep.
class Uses {
 public:
  explicit Uses(const Graph& graph);
  /// Index of the node that makes `v`, −1 for inputs, constants and states.
  int maker(Value v) const { return v ? maker_[static_cast<size_t>(v.id)] : -1; }
  /// Number of operands, graph outputs and kept states that name `v`.
  int count(Value v) const { return v ? count_[static_cast<size_t>(v.id)] : 0; }

 private:
  std::vector<int> maker_, count_;
};

/// Replaces values in the whole graph at once; follows chains of replacements.
class Substitution {
 public:
  explicit Substitution(const Graph& graph) : to_(graph.values.size()) {
    for (size_t i = 0; i < to_.size(); ++i) to_[i] = static_cast<int>(i);
  }
  void replace(Value old, Value fresh);
  Value operator()(Value v) const;
  void apply(Graph& graph) const;

 private:
  std::vector<int> to_;
};

/// Removes nodes whose results are not used, and the values that nothing names any more.
void remove_dead(Graph& graph);

/// Gives a program each operand once and drops operands it does not read.
void merge_duplicate_inputs(Program& program, std::vector<Value>& in);

}  // namespace keraunos::host
