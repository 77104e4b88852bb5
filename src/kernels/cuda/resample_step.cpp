#include "host/ops/resample.h"
#include "kernels/cuda/resample.h"
#include "kernels/cuda/step.h"

namespace keraunos::cuda {
namespace {

class ResampleStep final : public Step {
 public:
  ResampleStep(const Task& task, const host::Resample& op) : Step(task.context), type_(task.in(0).dtype) {
    const Shape& x = task.in(0).shape;
    const auto axis = static_cast<size_t>(op.axis);
    for (size_t i = 0; i < x.size(); ++i) (i < axis ? shape_.before : i > axis ? shape_.after : shape_.elements) *= x[i].size;
    shape_.results = task.in(1).shape[0].size, shape_.taps = task.in(1).shape[1].size;
    shape_.lerp = op.lerp;
    kernel = "resample";
  }

 private:
  void run(const host::Operands& operands, cudaStream_t stream) const override {
    launch_resample(type_, shape_, operands.in[0], static_cast<const int32_t*>(operands.in[1]), operands.in[2], operands.out[0],
                    launch_context(), stream);
  }

  DType type_;
  ResampleShape shape_;
};

}  // namespace

host::Verdict support(const Query&, const host::Resample&) { return {}; }
StepPointer make_step(const Task& task, const host::Resample& op) { return std::make_unique<ResampleStep>(task, op); }

}  // namespace keraunos::cuda
