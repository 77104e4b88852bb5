// Cumulative sums and products, element by element as TensorFlow's CPU kernels: 16-bit types are rounded at each element.
#include "kernels/cpu/parallel.h"
#include "kernels/cpu/steps.h"
#include "kernels/math/accumulate.h"
#include "kernels/math/elements.h"
#include "kernels/math/line_shapes.h"

namespace keraunos::cpu {
namespace {

using math::Accumulation;

template <class T, Accumulation kHow>
class ScanStep final : public host::Step {
 public:
  ScanStep(const Task& task, const host::Scan& op) : workers_(task.cpu.workers), shape_(math::shape_of(op, task)) {
    constexpr double kNanoseconds = kHow == Accumulation::log_sum_exp ? 20 : 1;
    const double elements = static_cast<double>(shape_.before * shape_.after) * static_cast<double>(shape_.length);
    threads_ = threads_for(task.cpu.threads, shape_.before, elements * kNanoseconds);
    kernel = "scan";
  }

  void enqueue(const host::Operands& operands) const override {
    const auto* in = static_cast<const T*>(operands.in[0]);
    auto* out = static_cast<T*>(operands.out[0]);
    const int64_t block = shape_.length * shape_.after;
    if (block == 0) return;
    share_out(workers_.get(), threads_, shape_.before, [&](int64_t begin, int64_t end, int) {
      for (int64_t i = begin; i < end; ++i) scan(in + i * block, out + i * block);
    });
  }

 private:
  // Lines of `after` adjacent elements.
  const T* line(const T* x, int64_t i) const { return x + (shape_.reverse ? shape_.length - 1 - i : i) * shape_.after; }

  void scan(const T* in, T* out) const {
    const auto first = math::narrow<T>(math::nothing_yet<math::Computed<T>>(kHow));
    for (int64_t i = 0; i < shape_.length; ++i) {
      T* to = out + (line(in, i) - in);
      const T* before = i == 0 ? nullptr : out + (line(in, i - 1) - in);
      const T* x = !shape_.exclusive ? line(in, i) : i == 0 ? nullptr : line(in, i - 1);
      for (int64_t k = 0; k < shape_.after; ++k) to[k] = x == nullptr ? first : step(before == nullptr ? first : before[k], x[k]);
    }
  }

  static T step(T so_far, T x) { return math::narrow<T>(math::accumulated(kHow, math::widen(so_far), math::widen(x))); }

  std::shared_ptr<Workers> workers_;
  math::ScanShape shape_;
  int threads_ = 1;
};

template <class T>
StepPointer scan_step(const Task& task, const host::Scan& op) {
  if (op.kind == host::Scan::sum) return std::make_unique<ScanStep<T, Accumulation::sum>>(task, op);
  if constexpr (!std::is_integral_v<T>) {
    if (op.kind == host::Scan::log_sum_exp) return std::make_unique<ScanStep<T, Accumulation::log_sum_exp>>(task, op);
  }
  return std::make_unique<ScanStep<T, Accumulation::product>>(task, op);
}

}  // namespace

host::Verdict support(const Query&, const host::Scan&) { return {}; }
StepPointer make_step(const Task& task, const host::Scan& op) {
  StepPointer step;
  math::for_numeric("scan", task.in(0).dtype, [&]<class T>(math::Type<T>) { step = scan_step<T>(task, op); });
  return step;
}

}  // namespace keraunos::cpu
