#include "host/ops/scatter.h"

#include <cstring>

#include "kernels/cpu/parallel.h"
#include "kernels/cpu/steps.h"
#include "kernels/math/scatter.h"

namespace keraunos::cpu {
namespace {

// Threads share the columns of a row, so that each element is combined with the rows in their order. Each thread computes all
// places again: there are few compared with the elements.
class ScatterStep final : public host::Step {
 public:
  ScatterStep(const Task& task, const host::Scatter& op)
      : op_(op), workers_(task.cpu.workers), shape_(host::scatter_shape(task)), type_(task.in(0).dtype) {
    wide_places_ = task.in(1).dtype == DType::int64;
    bytes_ = host::elements_of(task.in(0).shape) * size_of(type_);
    threads_ = threads_for(task.cpu.threads, shape_.width / kColumns + 1,
                           static_cast<double>(shape_.updates) * (5 + 0.5 * static_cast<double>(shape_.width)));
    kernel = "scatter";
  }

  void enqueue(const host::Operands& operands) const override {
    if (bytes_ > 0) std::memcpy(operands.out[0], operands.in[0], static_cast<size_t>(bytes_));
    math::for_numeric("scatter", type_, [&]<class T>(math::Type<T>) {
      math::for_combine(op_.combine, [&]<host::Combine C>(math::CombineBy<C>) {
        wide_places_ ? run<C, T, int64_t>(operands) : run<C, T, int32_t>(operands);
      });
    });
  }

 private:
  static constexpr int64_t kColumns = 64;

  template <host::Combine C, class T, class Index>
  void run(const host::Operands& operands) const {
    const auto* index = static_cast<const Index*>(operands.in[1]);
    const auto* rows = static_cast<const T*>(operands.in[2]);
    auto* out = static_cast<T*>(operands.out[0]);
    const auto columns = [&](int64_t begin, int64_t end, int thread) {
      for (int64_t i = 0; i < shape_.updates; ++i) {
        const auto fault = [&](int64_t found) {
          if (thread == 0) report(operands.error, found);
        };
        const int64_t place = math::place_of(shape_, op_.drop_negative, index + i * shape_.depth, fault);
        if (place < 0) continue;
        const T* row = rows + i * shape_.width;
        T* to = out + place * shape_.width;
        for (int64_t k = begin; k < end; ++k) to[k] = math::combined<C>(to[k], row[k]);
      }
    };
    share_out(workers_.get(), threads_, shape_.width, columns);
  }

  static void report(host::ErrorWord* error, int64_t found) {
    if (error == nullptr || error->raised != 0) return;
    error->found = found;
    error->raised = 1;
  }

  host::Scatter op_;
  std::shared_ptr<Workers> workers_;
  host::ScatterShape shape_;
  DType type_;
  bool wide_places_ = false;
  int64_t bytes_ = 0;
  int threads_ = 1;
};

}  // namespace

host::Verdict support(const Query&, const host::Scatter&) { return {}; }
StepPointer make_step(const Task& task, const host::Scatter& op) { return std::make_unique<ScatterStep>(task, op); }

}  // namespace keraunos::cpu
