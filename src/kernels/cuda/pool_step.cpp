#include "kernels/cuda/pool.h"
#include "kernels/cuda/step.h"
#include "kernels/cuda/window_shape.h"

namespace keraunos::cuda {
namespace {

class PoolStep final : public Step {
 public:
  PoolStep(const Task& task, const host::Pool& op)
      : Step(task.context),
        shape_(window_shape(task.in(0).shape, task.out().shape, op.window)),
        channels_(task.in(0).shape.back().size),
        type_(task.in(0).dtype),
        maximum_(op.kind == host::Pool::maximum) {
    kernel = "pool";
  }

 private:
  void run(const host::Operands& operands, cudaStream_t stream) const override {
    launch_pool(type_, maximum_, shape_, channels_, operands.in[0], operands.out[0], launch_context(), stream);
  }

  WindowShape shape_;
  int64_t channels_;
  DType type_;
  bool maximum_;
};

}  // namespace

host::Verdict support(const Query& query, const host::Pool& op) {
  return op.kind == host::Pool::average ? host::floats_only(query) : host::Verdict{};
}

StepPointer make_step(const Task& task, const host::Pool& op) { return std::make_unique<PoolStep>(task, op); }

}  // namespace keraunos::cuda
