#include "host/ops/scatter.h"
#include "kernels/cuda/scatter.h"
#include "kernels/cuda/step.h"

namespace keraunos::cuda {
namespace {

class ScatterStep final : public Step {
 public:
  ScatterStep(const Task& task, const host::Scatter& op)
      : Step(task.context), plan_{op, host::scatter_shape(task), task.in(0).dtype, task.in(1).dtype == DType::int64} {
    kernel = "scatter";
    launches = kScatterLaunches;
    workspace_bytes = scatter_workspace_bytes(plan_.shape);
  }

 private:
  void run(const host::Operands& operands, cudaStream_t stream) const override {
    const ScatterOperands own{.base = operands.in[0],
                              .index = operands.in[1],
                              .rows = operands.in[2],
                              .out = operands.out[0],
                              .workspace = operands.workspace,
                              .error_raised = &operands.error->raised,
                              .error_found = &operands.error->found};
    launch_scatter(plan_, own, launch_context(), stream);
  }

  ScatterPlan plan_;
};

}  // namespace

// Rows have 32-bit numbers, because atomicCAS on int is the atomic operation that kernels use here.
host::Verdict support(const Query& query, const host::Scatter&) {
  return host::scatter_shape(query).updates < INT32_MAX ? host::Verdict{} : host::refused("2^31 rows or more are scattered");
}
StepPointer make_step(const Task& task, const host::Scatter& op) { return std::make_unique<ScatterStep>(task, op); }

}  // namespace keraunos::cuda
