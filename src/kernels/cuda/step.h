// The base of every step of the GPU. Each operation has two functions, in one file of this folder:
//     host::Verdict support(const Query&, const host::Softmax&);
//     StepPointer make_step(const Task&, const host::Softmax&);
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "host/run/device.h"
#include "kernels/cuda/context.h"
#include "kernels/cuda/runtime/stream.h"

namespace keraunos::cuda {

/// Enqueues its kernels on the operands' stream while its GPU is the current one.
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

/// The node of a support query.
struct Query : host::NodeView {
  const Context& context;
};

/// A node that is prepared: constants are packed and kernels chosen.
struct Task : host::NodeView {
  std::shared_ptr<const Context> context;
  host::Constants& constants;
};

using StepPointer = std::unique_ptr<host::Step>;

/// Refuses values with more axes than kernels walk over.
host::Verdict up_to_eight_axes(const host::ValueInfo& value);

}  // namespace keraunos::cuda
