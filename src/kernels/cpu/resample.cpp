// Weighted sums of elements along one axis: the elements after the axis are contiguous, and are summed as whole lines.
#include "host/ops/resample.h"

#include <algorithm>

#include "kernels/cpu/parallel.h"
#include "kernels/cpu/steps.h"

namespace keraunos::cpu {
namespace {

template <class T>
class ResampleStep final : public host::Step {
 public:
  ResampleStep(const Task& task, const host::Resample& op) : workers_(task.cpu.workers), lerp_(op.lerp) {
    const Shape& x = task.in(0).shape;
    const auto axis = static_cast<size_t>(op.axis);
    for (size_t i = 0; i < x.size(); ++i) (i < axis ? before_ : i > axis ? after_ : elements_) *= x[i].size;
    results_ = task.in(1).shape[0].size, taps_ = task.in(1).shape[1].size;
    const auto lines = static_cast<double>(before_ * results_);
    threads_ = threads_for(task.cpu.threads, before_ * results_,
                           lines * static_cast<double>(taps_) * (3 + 0.25 * static_cast<double>(after_)));
    kernel = "resample";
  }

  void enqueue(const host::Operands& operands) const override {
    if (after_ == 0) return;
    const auto* x = static_cast<const T*>(operands.in[0]);
    const auto* ids = static_cast<const int32_t*>(operands.in[1]);
    const auto* weights = static_cast<const T*>(operands.in[2]);
    auto* result = static_cast<T*>(operands.out[0]);
    share_out(workers_.get(), threads_, before_ * results_, [&](int64_t begin, int64_t end, int) {
      for (int64_t line = begin; line < end; ++line) {
        const int64_t taps = line % results_ * taps_;
        sum_line(x + line / results_ * elements_ * after_, ids + taps, weights + taps, result + line * after_);
      }
    });
  }

 private:
  // Two taps at a time: half as many passes over the result.
  void sum_line(const T* x, const int32_t* ids, const T* weights, T* result) const {
    if (lerp_) return between_lines(x + ids[0] * after_, x + ids[1] * after_, weights[1], result);
    bool first = true;
    for (int64_t k = 0; k < taps_;) {
      if (weights[k] == 0) {
        ++k;
        continue;
      }
      const bool two = k + 1 < taps_ && weights[k + 1] != 0;
      const T* a = x + ids[k] * after_;
      if (two)
        add_lines(a, weights[k], x + ids[k + 1] * after_, weights[k + 1], result, first);
      else
        add_line(a, weights[k], result, first);
      first = false;
      k += two ? 2 : 1;
    }
    if (first) std::fill_n(result, after_, T{});
  }

  void between_lines(const T* a, const T* b, T weight, T* __restrict result) const {
    for (int64_t i = 0; i < after_; ++i) result[i] = a[i] + (b[i] - a[i]) * weight;
  }

  void add_lines(const T* __restrict a, T wa, const T* __restrict b, T wb, T* __restrict result, bool first) const {
    if (first) {
      for (int64_t i = 0; i < after_; ++i) result[i] = wa * a[i] + wb * b[i];
    } else {
      for (int64_t i = 0; i < after_; ++i) result[i] += wa * a[i] + wb * b[i];
    }
  }

  void add_line(const T* __restrict a, T weight, T* __restrict result, bool first) const {
    if (first) {
      for (int64_t i = 0; i < after_; ++i) result[i] = weight * a[i];
    } else {
      for (int64_t i = 0; i < after_; ++i) result[i] += weight * a[i];
    }
  }

  std::shared_ptr<Workers> workers_;
  int64_t before_ = 1, elements_ = 1, after_ = 1, results_ = 0, taps_ = 0;
  int threads_ = 1;
  bool lerp_;
};

}  // namespace

host::Verdict support(const Query&, const host::Resample&) { return {}; }
StepPointer make_step(const Task& task, const host::Resample& op) {
  if (task.in(0).dtype == DType::float64) return std::make_unique<ResampleStep<double>>(task, op);
  return std::make_unique<ResampleStep<float>>(task, op);
}

}  // namespace keraunos::cpu
