#include <array>

#include "host/ops/pad.h"
#include "kernels/cuda/pad.h"
#include "kernels/cuda/step.h"
#include "kernels/math/evaluate.h"

namespace keraunos::cuda {
namespace {

class PadStep final : public Step {
 public:
  PadStep(const Task& task, const host::Pad& op) : Step(task.context), bytes_(static_cast<int>(size_of(task.out().dtype))) {
    const Shape &in = task.in(0).shape, &out = task.out().shape;
    shape_.rank = static_cast<int>(in.size());
    for (size_t i = 0; i < in.size(); ++i) shape_.size[i] = in[i].size, shape_.low[i] = op.low[i], shape_.result[i] = out[i].size;
    const DType type = task.out().dtype;
    math::store_element(value_.data(), type, 0, math::constant_word(op.value, type));
    kernel = "pad";
  }

 private:
  void run(const host::Operands& operands, cudaStream_t stream) const override {
    launch_pad(shape_, bytes_, value_.data(), operands.out[0], operands.in[0], launch_context(), stream);
  }

  PadShape shape_;
  int bytes_;
  alignas(8) std::array<std::byte, 8> value_{};
};

}  // namespace

host::Verdict support(const Query& query, const host::Pad&) { return up_to_eight_axes(query.in(0)); }
StepPointer make_step(const Task& task, const host::Pad& op) { return std::make_unique<PadStep>(task, op); }

}  // namespace keraunos::cuda
