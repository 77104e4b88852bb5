#include "kernels/cpu/memory.h"
#include "kernels/cpu/parallel.h"
#include "kernels/cpu/steps.h"

namespace keraunos::cpu {
namespace {

// Row by row, with the last axes merged into one. 16-bit rows, gamma and beta are widened to float and the result is rounded
// once.
class LayerNormStep final : public host::Step {
 public:
  LayerNormStep(const Task& task, const host::LayerNorm& op)
      : kernels_(*task.cpu.kernels), workers_(task.cpu.workers), type_(task.in(0).dtype), epsilon_(op.epsilon) {
    const Shape& shape = task.in(0).shape;
    for (size_t i = shape.size() - static_cast<size_t>(op.axes); i < shape.size(); ++i) columns_ *= shape[i].size;
    const int64_t elements = host::elements_of(shape);
    rows_ = columns_ == 0 ? 0 : elements / columns_;
    threads_ = threads_for(task.cpu.threads, rows_, static_cast<double>(elements) * 0.7);
    part_ = widened() ? aligned(columns_ * 4) : 0;
    workspace_bytes = part_ * (2 + threads_);
    kernel = "layer_norm";
  }

  void enqueue(const host::Operands& operands) const override {
    auto* workspace = static_cast<std::byte*>(operands.workspace);
    const void* gamma = vector(operands.in[1], workspace);
    const void* beta = vector(operands.in[2], workspace + part_);
    share_out(workers_.get(), threads_, rows_, [&](int64_t begin, int64_t end, int thread) {
      void* scratch = workspace + (2 + thread) * part_;
      for (int64_t row = begin; row < end; ++row) one(operands, row, gamma, beta, scratch);
    });
  }

 private:
  bool widened() const noexcept { return type_ == DType::float16 || type_ == DType::bfloat16; }
  const void* vector(const void* values, void* scratch) const {
    if (values == nullptr || !widened()) return values;
    kernels_.load[static_cast<int>(type_)](scratch, values, columns_);
    return scratch;
  }

  void one(const host::Operands& operands, int64_t row, const void* gamma, const void* beta, void* scratch) const {
    const int64_t at = row * columns_ * size_of(type_);
    const void* from = static_cast<const std::byte*>(operands.in[0]) + at;
    void* to = static_cast<std::byte*>(operands.out[0]) + at;
    if (type_ == DType::float64) {
      kernels_.normalize_f64(static_cast<double*>(to), static_cast<const double*>(from), static_cast<const double*>(gamma),
                             static_cast<const double*>(beta), columns_, epsilon_);
      return;
    }
    const auto* scale = static_cast<const float*>(gamma);
    const auto* shift = static_cast<const float*>(beta);
    if (!widened()) {
      kernels_.normalize_f32(static_cast<float*>(to), static_cast<const float*>(from), scale, shift, columns_, epsilon_);
      return;
    }
    auto* values = static_cast<float*>(scratch);
    kernels_.load[static_cast<int>(type_)](values, from, columns_);
    kernels_.normalize_f32(values, values, scale, shift, columns_, epsilon_);
    kernels_.store[static_cast<int>(type_)](to, values, columns_);
  }

  const Kernels& kernels_;
  std::shared_ptr<Workers> workers_;
  DType type_;
  double epsilon_;
  int64_t columns_ = 1, rows_ = 0, part_ = 0;
  int threads_ = 1;
};

}  // namespace

host::Verdict support(const Query& query, const host::LayerNorm&) { return host::floats_only(query); }
StepPointer make_step(const Task& task, const host::LayerNorm& op) { return std::make_unique<LayerNormStep>(task, op); }

}  // namespace keraunos::cpu
