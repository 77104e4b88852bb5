// A custom kernel on the host.
#include <string>
#include <vector>

#include "host/run/in_layer.h"
#include "host/run/scratch.h"
#include "keraunos/error.h"
#include "kernels/cpu/steps.h"

namespace keraunos::cpu {
namespace {

class CallStep final : public host::Step {
 public:
  CallStep(const Task& task, const host::Call& op) : kernel_(op.kernel), origin_(task.node.origin) {
    for (size_t i = 0; i < task.node.in.size(); ++i) in_.push_back({task.in(i).dtype, host::dims_of(task.in(i).shape)});
    for (size_t i = 0; i < task.node.out.size(); ++i) out_.push_back({task.out(i).dtype, host::dims_of(task.out(i).shape)});
    kernel = kernel_->name();
  }

  // Views are made in each call, because they hold its addresses.
  void enqueue(const host::Operands& operands) const override {
    host::Scratch scratch;
    auto in = scratch.list<TensorView>(in_.size());
    auto out = scratch.list<MutableView>(out_.size());
    for (size_t i = 0; i < in_.size(); ++i) in.emplace_back(operands.in[i], in_[i].dtype, in_[i].dims);
    for (size_t i = 0; i < out_.size(); ++i) out.push_back({operands.out[i], out_[i].dtype, out_[i].dims, {}});
    host::in_layer(origin_, [&] { kernel_->run(in, out); });
  }

 private:
  std::shared_ptr<const Kernel> kernel_;
  std::string origin_;
  std::vector<TensorType> in_, out_;
};

}  // namespace

host::Verdict support(const Query&, const host::Call&) { return {}; }
StepPointer make_step(const Task& task, const host::Call& op) { return std::make_unique<CallStep>(task, op); }

}  // namespace keraunos::cpu
