#include <array>
#include <vector>

#include "host/ops/concat.h"
#include "kernels/cuda/concat.h"
#include "kernels/cuda/step.h"

namespace keraunos::cuda {
namespace {

// Every operand is an array (rows, width), the result (rows, pitch).
class ConcatStep final : public Step {
 public:
  ConcatStep(const Task& task, const host::Concat& op) : Step(task.context), bytes_(static_cast<int>(size_of(task.out().dtype))) {
    const auto axis = static_cast<size_t>(op.axis);
    const auto width_of = [axis](const Shape& shape) {
      int64_t width = 1;
      for (size_t i = axis; i < shape.size(); ++i) width *= shape[i].size;
      return width;
    };
    for (size_t i = 0; i < axis; ++i) rows_ *= task.out().shape[i].size;
    for (size_t i = 0; i < task.node.in.size(); ++i) widths_.push_back(width_of(task.in(i).shape));
    pitch_ = width_of(task.out().shape);
    launches = static_cast<int>(divide_up(static_cast<int64_t>(widths_.size()), kConcatParts));
    kernel = "concat";
  }

 private:
  void run(const host::Operands& operands, cudaStream_t stream) const override {
    int64_t first = 0;
    for (size_t begin = 0; begin < widths_.size(); begin += kConcatParts) {
      std::array<ConcatPart, kConcatParts> parts{};
      size_t count = 0;
      int64_t width = 0;
      for (size_t i = begin; i < widths_.size() && count < parts.size(); ++i, ++count) {
        parts[count] = {operands.in[i], widths_[i]};
        width += widths_[i];
      }
      launch_concat({parts.data(), count}, bytes_, rows_, pitch_, first, operands.out[0], launch_context(), stream);
      first += width;
    }
  }

  int bytes_;
  int64_t rows_ = 1, pitch_ = 1;
  std::vector<int64_t> widths_;
};

}  // namespace

host::Verdict support(const Query&, const host::Concat&) { return {}; }
StepPointer make_step(const Task& task, const host::Concat& op) { return std::make_unique<ConcatStep>(task, op); }

}  // namespace keraunos::cuda
