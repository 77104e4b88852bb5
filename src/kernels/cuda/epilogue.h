// Epilogues on the GPU: what a library call takes of one, and what is left for a kernel of ours.
#pragma once

#include <string>
#include <vector>

#include "kernels/cuda/broadcast.h"
#include "kernels/cuda/pointwise.h"
#include "kernels/cuda/step.h"

namespace keraunos::cuda {

/// A pointwise program over operands of a node. Its register i is the node's operand operand[i]; −1 is the result so far, in
/// place.
struct BoundProgram {
  PointwisePlan plan{};
  std::vector<int> operand{};
  bool empty() const noexcept { return operand.empty(); }

  /// The operands' memory; `result` stands for −1.
  ChainOperands bind(const host::Operands& operands, const void* result) const;
};

/// A whole pointwise node.
BoundProgram bind_program(const Task& task, const host::Program& program);

/// Slow where no compiled kernel runs the program as a chain, so that it is interpreted. An empty one is fast.
host::Verdict if_compiled(const host::Program& program);

/// How the epilogue of a product (registers: the product, then operands 2 …) is shared out.
struct EpilogueSplit {
  int bias = -1, residual = -1;  ///< operands that the library adds
  bool relu = false, gelu_tanh = false;
  BoundProgram rest{};  ///< runs afterwards, in place
};

/// What the library may be asked for.
struct EpilogueOffer {
  bool bias = true, residual = true, relu = true, gelu_tanh = false;
};
EpilogueSplit split_epilogue(const host::Graph& graph, const host::Node& node, const host::Program& epilogue,
                             const EpilogueOffer& offer);

/// Nothing for the library: all of it as one bound program.
BoundProgram whole_epilogue(const host::Graph& graph, const host::Node& node, const host::Program& epilogue);

/// For kernels of ours that run a chain themselves.
Epilogue fuse(const BoundProgram& program, const host::Operands& operands);

}  // namespace keraunos::cuda
