// What every step of the GPU is made from, and the factories, one per op, each in the file of its name.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "host/run/device.h"
#include "kernels/cuda/context.h"
#include "kernels/cuda/runtime/stream.h"

namespace keraunos::cuda {

/// A step puts its kernels on the operands' stream while its GPU is the current one.
class Step : public host::Step {
 public:
  explicit Step(std::shared_ptr<const Context> context) : context_(std::move(context)) {}
  void enqueue(const host::Operands& operands) const final {
    const DeviceScope scope(context_->device());
    run(operands, stream_of(*operands.stream));
  }

 protected:
  virtual void run(const host::Operands& operands, cudaStream_t stream) const = 0;
  const Context& context() const noexcept { return *context_; }
  const LaunchContext& launch_context() const noexcept { return context_->launch(); }

 private:
  std::shared_ptr<const Context> context_;
};

/// A node to be prepared and what is known of its values.
struct Task {
  std::shared_ptr<const Context> context;
  const host::Graph& graph;
  const host::Node& node;
  host::Constants& constants;

  const host::ValueInfo& in(size_t i) const { return graph.info(node.in[i]); }
  const host::ValueInfo& out(size_t i = 0) const { return graph.info(node.out[i]); }
  bool has(size_t i) const { return i < node.in.size() && node.in[i].id >= 0; }
};

using StepPointer = std::unique_ptr<host::Step>;

StepPointer make_pointwise(const Task&, const host::Pointwise&);
StepPointer make_matmul(const Task&, const host::MatMul&);
StepPointer make_conv(const Task&, const host::Conv&);
StepPointer make_pool(const Task&, const host::Pool&);
StepPointer make_reduce(const Task&, const host::Reduce&);
StepPointer make_softmax(const Task&, const host::Softmax&);
StepPointer make_layer_norm(const Task&, const host::LayerNorm&);
StepPointer make_reshape(const Task&, const host::Reshape&);
StepPointer make_transpose(const Task&, const host::Transpose&);
StepPointer make_slice(const Task&, const host::Slice&);
StepPointer make_concat(const Task&, const host::Concat&);
StepPointer make_pad(const Task&, const host::Pad&);
StepPointer make_gather(const Task&, const host::Gather&);
StepPointer make_recurrent(const Task&, const host::Recurrent&);
StepPointer make_attention(const Task&, const host::Attention&);
StepPointer make_call(const Task&, const host::Call&);

/// Why the GPU does not run a node, or how well.
host::Verdict judge(const Context& context, const host::Graph& graph, const host::Node& node);
bool may_overwrite(const host::Graph& graph, const host::Node& node, int index);

}  // namespace keraunos::cuda
