// Pooling of channels-last tensors: the vectorised loops of the kernel table fold rows of channels, position by position.
#include <algorithm>
#include <limits>

#include "kernels/cpu/memory.h"
#include "kernels/cpu/parallel.h"
#include "kernels/cpu/window_shape.h"
#include "kernels/math/evaluate.h"

namespace keraunos::cpu {
namespace {

class PoolStep final : public host::Step {
 public:
  PoolStep(const Task& task, const host::Pool& op)
      : kernels_(*task.cpu.kernels),
        workers_(task.cpu.workers),
        w_(window_shape(task.in(0).shape, task.out().shape, op.window)),
        type_(task.in(0).dtype),
        average_(op.kind == host::Pool::average),
        lane_(math::lane_of(type_)) {
    fold_ = kernels_.value[static_cast<int>(lane_)][static_cast<int>(average_ ? Function::add : Function::maximum)];
    const double work = static_cast<double>(w_.batch * w_.out_positions()) * static_cast<double>(w_.taps()) *
                        (5 + 0.1 * static_cast<double>(w_.channels));
    threads_ = threads_for(task.cpu.threads, w_.batch * w_.out[0] * w_.out[1], work);
    row_bytes_ = aligned(w_.channels * 8);
    workspace_bytes = 2 * row_bytes_ * threads_;
    kernel = average_ ? "average_pool" : "max_pool";
  }

  void enqueue(const host::Operands& operands) const override {
    if (w_.channels == 0) return;
    share_out(workers_.get(), threads_, w_.batch * w_.out[0] * w_.out[1], [&](int64_t begin, int64_t end, int thread) {
      std::byte* scratch = static_cast<std::byte*>(operands.workspace) + thread * 2 * row_bytes_;
      for (int64_t row = begin; row < end; ++row) {
        for (int64_t x = 0; x < w_.out[2]; ++x) position(operands, row, x, scratch);
      }
    });
  }

 private:
  bool direct() const noexcept { return type_ == DType::float32 || type_ == DType::float64 || type_ == DType::int64; }

  // Folds the window of one output position; `row` counts (batch, depth, height).
  void position(const host::Operands& operands, int64_t row, int64_t x, std::byte* scratch) const {
    const int64_t image = row / (w_.out[0] * w_.out[1]);
    const int64_t at[3]{row / w_.out[1] % w_.out[0], row % w_.out[1], x};
    int64_t start[3];
    TapRange taps[3];
    for (int axis = 0; axis < 3; ++axis) {
      start[axis] = w_.start(axis, at[axis]);
      taps[axis] = taps_inside(w_, axis, start[axis]);
    }
    auto* to = static_cast<std::byte*>(operands.out[0]) + (row * w_.out[2] + x) * w_.channels * size_of(type_);
    std::byte* sums = direct() ? to : scratch;
    int64_t count = 0;
    for (int64_t d = taps[0].first; d < taps[0].last; ++d) {
      for (int64_t h = taps[1].first; h < taps[1].last; ++h) {
        const int64_t line =
            ((image * w_.in[0] + start[0] + d * w_.dilation[0]) * w_.in[1] + start[1] + h * w_.dilation[1]) * w_.in[2];
        for (int64_t v = taps[2].first; v < taps[2].last; ++v) {
          const int64_t index = (line + start[2] + v * w_.dilation[2]) * w_.channels;
          fold(sums, static_cast<const std::byte*>(operands.in[0]) + index * size_of(type_), scratch + row_bytes_, count++ == 0);
        }
      }
    }
    if (count == 0)
      kernels_.fill(sums, nothing(), lane_ != math::Lane::single, w_.channels);
    else if (average_)
      divide(sums, count);
    if (!direct()) kernels_.store[static_cast<int>(type_)](to, sums, w_.channels);
  }

  void fold(std::byte* sums, const std::byte* from, std::byte* converted, bool first) const {
    const Conversion load = kernels_.load[static_cast<int>(type_)];
    if (first) return load(sums, from, w_.channels);
    if (!direct()) load(converted, from, w_.channels), from = converted;
    fold_(sums, sums, from, nullptr, w_.channels, 0);
  }

  void divide(std::byte* sums, int64_t count) const {
    if (lane_ == math::Lane::single) {
      auto* values = reinterpret_cast<float*>(sums);
      for (int64_t i = 0; i < w_.channels; ++i) values[i] /= static_cast<float>(count);
    } else if (lane_ == math::Lane::real) {
      auto* values = reinterpret_cast<double*>(sums);
      for (int64_t i = 0; i < w_.channels; ++i) values[i] /= static_cast<double>(count);
    } else {
      auto* values = reinterpret_cast<int64_t*>(sums);
      for (int64_t i = 0; i < w_.channels; ++i) values[i] /= count;
    }
  }

  // The result of a window that lies completely in the padding: −∞, or 0/0.
  math::Word nothing() const {
    const double value = average_ ? std::numeric_limits<double>::quiet_NaN() : -std::numeric_limits<double>::infinity();
    return math::constant_word(value, type_);
  }

  const Kernels& kernels_;
  std::shared_ptr<Workers> workers_;
  WindowShape w_;
  DType type_;
  bool average_;
  math::Lane lane_;
  Loop fold_;
  int64_t row_bytes_ = 0;
  int threads_ = 1;
};

}  // namespace

host::Verdict support(const Query&, const host::Pool&) { return {}; }
StepPointer make_step(const Task& task, const host::Pool& op) { return std::make_unique<PoolStep>(task, op); }

}  // namespace keraunos::cpu
