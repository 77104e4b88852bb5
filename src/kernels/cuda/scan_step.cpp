#include "kernels/cuda/scan.h"
#include "kernels/cuda/step.h"
#include "kernels/math/line_shapes.h"

namespace keraunos::cuda {
namespace {

class ScanStep final : public Step {
 public:
  ScanStep(const Task& task, const host::Scan& op)
      : Step(task.context), type_(task.in(0).dtype), shape_(math::shape_of(op, task)) {
    kernel = "scan";
  }

 private:
  void run(const host::Operands& operands, cudaStream_t stream) const override {
    launch_scan(type_, shape_, operands.in[0], operands.out[0], launch_context(), stream);
  }

  DType type_;
  math::ScanShape shape_;
};

}  // namespace

host::Verdict support(const Query&, const host::Scan&) { return {}; }
StepPointer make_step(const Task& task, const host::Scan& op) { return std::make_unique<ScanStep>(task, op); }

}  // namespace keraunos::cuda
