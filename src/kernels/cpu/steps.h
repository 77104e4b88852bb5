// One factory per op: packs constants, chooses kernels, answers the step. Each lives in the file of its name.
#pragma once

#include <memory>

#include "host/run/device.h"
#include "kernels/cpu/cpu.h"

namespace keraunos::cpu {

using StepPointer = std::unique_ptr<host::Step>;

/// A node to be prepared and what is known of its values.
struct Task {
  const Cpu& cpu;
  const host::Graph& graph;
  const host::Node& node;
  host::Constants& constants;

  const host::ValueInfo& in(size_t i) const { return graph.info(node.in[i]); }
  const host::ValueInfo& out(size_t i = 0) const { return graph.info(node.out[i]); }
  bool has(size_t i) const { return i < node.in.size() && node.in[i].id >= 0; }
};

StepPointer make_pointwise(const Task&, const host::Pointwise&);
StepPointer make_matmul(const Task&, const host::MatMul&);
StepPointer make_softmax(const Task&, const host::Softmax&);

}  // namespace keraunos::cpu
