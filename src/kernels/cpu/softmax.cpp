#include "kernels/cpu/memory.h"
#include "kernels/cpu/parallel.h"
#include "kernels/cpu/steps.h"

namespace keraunos::cpu {
namespace {

// Row by row; 16-bit rows are widened to float in the workspace and rounded once.
class SoftmaxStep final : public host::Step {
 public:
  SoftmaxStep(const Task& task, const host::Softmax& op)
      : kernels_(*task.cpu.kernels),
        workers_(task.cpu.workers),
        type_(task.in(0).dtype),
        log_(op.log),
        columns_(task.in(0).shape.back().size) {
    const int64_t elements = host::elements_of(task.in(0).shape);
    rows_ = columns_ == 0 ? 0 : elements / columns_;
    threads_ = threads_for(task.cpu.threads, rows_, static_cast<double>(elements) * (type_ == DType::float64 ? 6 : 1));
    row_bytes_ = widened() ? aligned(columns_ * 4) : 0;
    workspace_bytes = row_bytes_ * threads_;
    kernel = "softmax";
  }

  void enqueue(const host::Operands& operands) const override {
    share_out(workers_.get(), threads_, rows_, [&](int64_t begin, int64_t end, int thread) {
      auto* scratch = reinterpret_cast<float*>(static_cast<std::byte*>(operands.workspace) + thread * row_bytes_);
      const int64_t bytes = columns_ * size_of(type_);
      const auto* from = static_cast<const std::byte*>(operands.in[0]) + begin * bytes;
      auto* to = static_cast<std::byte*>(operands.out[0]) + begin * bytes;
      for (int64_t row = begin; row < end; ++row, from += bytes, to += bytes) one(to, from, scratch);
    });
  }

 private:
  bool widened() const noexcept { return type_ == DType::float16 || type_ == DType::bfloat16; }

  void one(void* to, const void* from, float* scratch) const {
    if (type_ == DType::float64) {
      kernels_.softmax_f64(static_cast<double*>(to), static_cast<const double*>(from), columns_, log_);
    } else if (type_ == DType::float32) {
      kernels_.softmax_f32(static_cast<float*>(to), static_cast<const float*>(from), columns_, log_);
    } else {
      kernels_.load[static_cast<int>(type_)](scratch, from, columns_);
      kernels_.softmax_f32(scratch, scratch, columns_, log_);
      kernels_.store[static_cast<int>(type_)](to, scratch, columns_);
    }
  }

  const Kernels& kernels_;
  std::shared_ptr<Workers> workers_;
  DType type_;
  bool log_;
  int64_t columns_, rows_ = 0, row_bytes_ = 0;
  int threads_ = 1;
};

}  // namespace

host::Verdict support(const Query&, const host::Softmax&) { return {}; }
StepPointer make_step(const Task& task, const host::Softmax& op) { return std::make_unique<SoftmaxStep>(task, op); }

}  // namespace keraunos::cpu
