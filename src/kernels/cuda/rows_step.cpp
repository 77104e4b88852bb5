// Softmax and layer normalisation, which process rows.
#include "kernels/cuda/layer_norm.h"
#include "kernels/cuda/softmax.h"
#include "kernels/cuda/step.h"

namespace keraunos::cuda {
namespace {

// An array as rows of its last `axes` axes.
struct RowExtents {
  int64_t count = 1, length = 1;
  RowExtents(const Shape& shape, size_t axes) {
    for (size_t i = 0; i < shape.size(); ++i) (i + axes < shape.size() ? count : length) *= shape[i].size;
  }
};

class SoftmaxStep final : public Step {
 public:
  SoftmaxStep(const Task& task, const host::Softmax& op)
      : Step(task.context), rows_(task.in(0).shape, 1), type_(task.in(0).dtype), log_(op.log) {
    kernel = "softmax";
  }

 private:
  void run(const host::Operands& operands, cudaStream_t stream) const override {
    launch_softmax(type_, log_, operands.in[0], operands.out[0], rows_.count, rows_.length, launch_context(), stream);
  }

  RowExtents rows_;
  DType type_;
  bool log_;
};

class LayerNormStep final : public Step {
 public:
  LayerNormStep(const Task& task, const host::LayerNorm& op)
      : Step(task.context), rows_(task.in(0).shape, static_cast<size_t>(op.axes)), type_(task.in(0).dtype), epsilon_(op.epsilon) {
    kernel = "layer_norm";
  }

 private:
  void run(const host::Operands& operands, cudaStream_t stream) const override {
    launch_layer_norm(type_, operands.in[0], operands.in[1], operands.in[2], operands.out[0], rows_.count, rows_.length, epsilon_,
                      launch_context(), stream);
  }

  RowExtents rows_;
  DType type_;
  double epsilon_;
};

}  // namespace

host::Verdict support(const Query& query, const host::Softmax&) { return host::floats_only(query); }
StepPointer make_step(const Task& task, const host::Softmax& op) { return std::make_unique<SoftmaxStep>(task, op); }
host::Verdict support(const Query& query, const host::LayerNorm&) { return host::floats_only(query); }
StepPointer make_step(const Task& task, const host::LayerNorm& op) { return std::make_unique<LayerNormStep>(task, op); }

}  // namespace keraunos::cuda
