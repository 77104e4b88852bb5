// A custom kernel with a CUDA implementation.
#include <vector>

#include "host/run/scratch.h"
#include "kernels/cuda/step.h"

namespace keraunos::cuda {
namespace {

class CallStep final : public Step {
 public:
  CallStep(const Task& task, const host::Call& op) : Step(task.context), kernel_(op.kernel) {
    const keraunos::Device here{.kind = keraunos::Device::cuda, .index = context().device()};
    for (size_t i = 0; i < task.node.in.size(); ++i)
      in_.emplace_back(nullptr, task.in(i).dtype, host::dims_of(task.in(i).shape), here);
    for (size_t i = 0; i < task.node.out.size(); ++i) {
      out_.push_back({.dtype = task.out(i).dtype, .dims = host::dims_of(task.out(i).shape), .where = here});
    }
    kernel = kernel_->name();
  }

 private:
  // Views are made in each call, because they hold its addresses.
  void run(const host::Operands& operands, cudaStream_t stream) const override {
    host::Scratch scratch;
    auto in = scratch.list<TensorView>(in_.size());
    auto out = scratch.list<MutableView>(out_.size());
    for (size_t i = 0; i < in_.size(); ++i) in.emplace_back(in_[i]).data = operands.in[i];
    for (size_t i = 0; i < out_.size(); ++i) out.emplace_back(out_[i]).data = operands.out[i];
    kernel_->enqueue(in, out, stream);
  }

  std::shared_ptr<const Kernel> kernel_;
  std::vector<TensorView> in_;
  std::vector<MutableView> out_;
};

}  // namespace

host::Verdict support(const Query&, const host::Call& op) {
  return op.kernel->has_cuda() ? host::Verdict{} : host::refused(op.kernel->name() + " has no CUDA body and runs on the host");
}

StepPointer make_step(const Task& task, const host::Call& op) { return std::make_unique<CallStep>(task, op); }

}  // namespace keraunos::cuda
