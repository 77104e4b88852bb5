// Epilogues on the GPU: the part that a library call computes, and the rest for our own kernel.
#pragma once

#include <string>
#include <vector>

#include "kernels/cuda/broadcast.h"
#include "kernels/cuda/pointwise.h"
#include "kernels/cuda/step.h"

namespace keraunos::cuda {

/// A pointwise program over operands of a node. Its register i is the node's operand operand[i]; −1 is the current result, in
/// place.
struct BoundProgram {
  PointwisePlan plan{};
  std::vector<int> operand{};
  bool empty() const noexcept { return operand.empty(); }

  /// The operands' memory; `result` is used for −1.
  ChainOperands bind(const host::Operands& operands, const void* result) const;
};

/// A whole pointwise node.
BoundProgram bind_program(const Task& task, const host::Program& program);

/// "slow" where no compiled kernel runs the program as a chain, so that it is interpreted. An empty program is fast.
host::Verdict if_compiled(const host::Program& program);

/// The division of a product's epilogue (registers: the product, then operands 2 …) between library and kernel.
struct EpilogueSplit {
  int bias = -1, residual = -1;  ///< operands that the library adds
  bool relu = false, gelu_tanh = false;
  BoundProgram rest{};  ///< runs after the library call, in place
};

/// The steps that the library supports.
struct EpilogueOffer {
  bool bias = true, residual = true, relu = true, gelu_tanh = false;
};
EpilogueSplit split_epilogue(const host::Graph& graph, const host::Node& node, const host::Program& epilogue,
                             const EpilogueOffer& offer);

/// Everything as one bound program, nothing for the library.
BoundProgram whole_epilogue(const host::Graph& graph, const host::Node& node, const host::Program& epilogue);

/// For our own kernels, which run a chain themselves.
Epilogue fuse(const BoundProgram& program, const host::Operands& operands);

}  // namespace keraunos::cuda
