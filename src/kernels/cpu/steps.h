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
StepPointer make_conv(const Task&, const host::Conv&);
StepPointer make_pool(const Task&, const host::Pool&);
StepPointer make_reduce(const Task&, const host::Reduce&);
StepPointer make_softmax(const Task&, const host::Softmax&);
StepPointer make_layer_norm(const Task&, const host::LayerNorm&);
StepPointer make_transpose(const Task&, const host::Transpose&);
StepPointer make_slice(const Task&, const host::Slice&);
StepPointer make_concat(const Task&, const host::Concat&);
StepPointer make_pad(const Task&, const host::Pad&);
StepPointer make_gather(const Task&, const host::Gather&);
StepPointer make_recurrent(const Task&, const host::Recurrent&);
StepPointer make_attention(const Task&, const host::Attention&);
StepPointer make_call(const Task&, const host::Call&);

}  // namespace keraunos::cpu
