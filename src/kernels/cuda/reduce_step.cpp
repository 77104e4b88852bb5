#include <algorithm>

#include "kernels/cuda/reduce.h"
#include "kernels/cuda/step.h"

namespace keraunos::cuda {
namespace {

Fold fold_of(Reduction kind) {
  switch (kind) {
    case Reduction::sum: return Fold::sum;
    case Reduction::mean: return Fold::mean;
    case Reduction::product: return Fold::product;
    case Reduction::maximum: return Fold::maximum;
    case Reduction::minimum: return Fold::minimum;
    case Reduction::any: return Fold::any;
    case Reduction::all: return Fold::all;
  }
  return Fold::sum;
}

class ReduceStep final : public Step {
 public:
  ReduceStep(const Task& task, const host::Reduce& op) : Step(task.context), fold_(fold_of(op.kind)), type_(task.in(0).dtype) {
    const Shape& shape = task.in(0).shape;
    int64_t stride = host::elements_of(shape);
    for (size_t i = 0; i < shape.size(); ++i) {
      if (shape[i].size > 0) stride /= shape[i].size;
      const bool reduced = std::find(op.axes.begin(), op.axes.end(), static_cast<int>(i)) != op.axes.end();
      (reduced ? shape_.reduced : shape_.kept).add_axis(shape[i].size, {stride});
    }
    shape_ = {simplified(shape_.kept), simplified(shape_.reduced)};
    layout_ = plan_reduce(type_, shape_, launch_context());
    kernel = layout_.split() ? "reduce, split" : "reduce";
    launches = layout_.split() ? 2 : 1;
    workspace_bytes = layout_.workspace_bytes;
  }

 private:
  void run(const host::Operands& operands, cudaStream_t stream) const override {
    launch_reduce(type_, fold_, shape_, layout_, operands.in[0], operands.workspace, operands.out[0], launch_context(), stream);
  }

  ReduceShape shape_;
  ReduceLayout layout_;
  Fold fold_;
  DType type_;
};

}  // namespace

host::Verdict support(const Query& query, const host::Reduce&) { return up_to_eight_axes(query.in(0)); }
StepPointer make_step(const Task& task, const host::Reduce& op) { return std::make_unique<ReduceStep>(task, op); }

}  // namespace keraunos::cuda
