#include "kernels/cuda/sort.h"
#include "kernels/cuda/step.h"
#include "kernels/math/line_shapes.h"

namespace keraunos::cuda {
namespace {

class SortStep final : public Step {
 public:
  SortStep(const Task& task, const host::Sort& op)
      : Step(task.context),
        type_(task.in(0).dtype),
        shape_(math::shape_of(op, task)),
        plan_(sort_plan(type_, shape_)),
        results_(op.results) {
    workspace_bytes = plan_.workspace_bytes;
    launches = plan_.launches();
    kernel = plan_.merges == 0 ? "sort" : "sort in tiles, merged";
  }

 private:
  void run(const host::Operands& operands, cudaStream_t stream) const override {
    void* const values = results_ == host::Sort::places ? nullptr : operands.out[0];
    void* const places = results_ == host::Sort::values ? nullptr : operands.out.back();
    launch_sort(type_, shape_, plan_, operands.in[0], values, static_cast<int32_t*>(places), operands.workspace, launch_context(),
                stream);
  }

  DType type_;
  math::SortShape shape_;
  SortPlan plan_;
  host::Sort::Results results_;
};

}  // namespace

host::Verdict support(const Query&, const host::Sort&) { return {}; }
StepPointer make_step(const Task& task, const host::Sort& op) { return std::make_unique<SortStep>(task, op); }

}  // namespace keraunos::cuda
