#include "host/ops/gather.h"
#include "kernels/cuda/gather.h"
#include "kernels/cuda/step.h"

namespace keraunos::cuda {
namespace {

class GatherStep final : public Step {
 public:
  GatherStep(const Task& task, const host::Gather& op) : Step(task.context) {
    const Shape& table = task.in(0).shape;
    const auto axis = static_cast<size_t>(op.axis);
    for (size_t i = 0; i < axis; ++i) shape_.outer *= table[i].size;
    for (size_t i = axis + 1; i < table.size(); ++i) shape_.width *= table[i].size;
    shape_.rows = table[axis].size;
    shape_.ids = host::elements_of(task.in(1).shape);
    shape_.element_bytes = static_cast<int>(size_of(task.in(0).dtype));
    shape_.id_type = task.in(1).dtype;
    shape_.from_end = op.from_end;
    kernel = "gather";
  }

 private:
  void run(const host::Operands& operands, cudaStream_t stream) const override {
    launch_gather(shape_, operands.in[0], operands.in[1], operands.out[0], &operands.error->raised, &operands.error->found,
                  launch_context(), stream);
  }

  GatherShape shape_;
};

}  // namespace

host::Verdict support(const Query&, const host::Gather&) { return {}; }
StepPointer make_step(const Task& task, const host::Gather& op) { return std::make_unique<GatherStep>(task, op); }

}  // namespace keraunos::cuda
