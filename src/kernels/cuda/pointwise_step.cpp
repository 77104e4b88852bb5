#include "kernels/cuda/epilogue.h"

namespace keraunos::cuda {
namespace {

class PointwiseStep final : public Step {
 public:
  PointwiseStep(const Task& task, const host::Pointwise& op) : Step(task.context), program_(bind_program(task, op.program)) {
    kernel = program_.plan.is_chain || program_.plan.is_mixed_chain ? "pointwise" : "pointwise (interpreted)";
  }

 private:
  void run(const host::Operands& operands, cudaStream_t stream) const override {
    launch_pointwise(program_.plan, program_.bind(operands, nullptr), operands.out[0], launch_context(), stream);
  }

  BoundProgram program_;
};

}  // namespace

host::Verdict support(const Query& query, const host::Pointwise& op) {
  if (host::Verdict verdict = up_to_eight_axes(query.out()); verdict.speed == host::Verdict::refused) return verdict;
  return if_compiled(op.program);
}
StepPointer make_step(const Task& task, const host::Pointwise& op) { return std::make_unique<PointwiseStep>(task, op); }

}  // namespace keraunos::cuda
