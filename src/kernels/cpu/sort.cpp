// Sorts rows. Entries (key and index) are sorted in the workspace; then elements are copied from their original places.
#include <algorithm>
#include <bit>

#include "kernels/cpu/memory.h"
#include "kernels/cpu/parallel.h"
#include "kernels/cpu/steps.h"
#include "kernels/math/elements.h"
#include "kernels/math/line_shapes.h"
#include "kernels/math/order.h"

namespace keraunos::cpu {
namespace {

template <class T>
class SortStep final : public host::Step {
 public:
  using Entry = math::EntryOf<math::Computed<T>>;

  SortStep(const Task& task, const host::Sort& op)
      : workers_(task.cpu.workers), shape_(math::shape_of(op, task)), results_(op.results) {
    constexpr double kNanosecondsALevel = 2.5;
    const auto elements = static_cast<double>(shape_.rows) * static_cast<double>(shape_.length);
    const auto levels = static_cast<double>(std::bit_width(static_cast<uint64_t>(shape_.length)));
    threads_ = threads_for(task.cpu.threads, shape_.rows, elements * levels * kNanosecondsALevel);
    row_bytes_ = aligned(shape_.length * static_cast<int64_t>(sizeof(Entry)));
    workspace_bytes = row_bytes_ * threads_;
    kernel = "sort";
  }

  void enqueue(const host::Operands& operands) const override {
    if (shape_.first == 0) return;
    const auto* x = static_cast<const T*>(operands.in[0]);
    auto* elements = results_ == host::Sort::places ? nullptr : static_cast<T*>(operands.out[0]);
    auto* places = results_ == host::Sort::values ? nullptr : static_cast<int32_t*>(operands.out.back());
    share_out(workers_.get(), threads_, shape_.rows, [&](int64_t begin, int64_t end, int thread) {
      auto* entries = reinterpret_cast<Entry*>(static_cast<std::byte*>(operands.workspace) + thread * row_bytes_);
      for (int64_t row = begin; row < end; ++row) {
        const T* from = x + row * shape_.length;
        sort_row(from, entries);
        for (int64_t i = 0; i < shape_.first; ++i) {
          const uint32_t place = entries[i].place();
          if (elements != nullptr) elements[row * shape_.first + i] = from[place];
          if (places != nullptr) places[row * shape_.first + i] = static_cast<int32_t>(place);
        }
      }
    });
  }

 private:
  void sort_row(const T* from, Entry* entries) const {
    for (int64_t i = 0; i < shape_.length; ++i)
      entries[i] = math::entry_of(math::widen(from[i]), static_cast<uint32_t>(i), shape_.descending);
    Entry* const behind = entries + shape_.first;
    if (shape_.first < shape_.length) std::nth_element(entries, behind, entries + shape_.length);
    std::sort(entries, behind);
  }

  std::shared_ptr<Workers> workers_;
  math::SortShape shape_;
  host::Sort::Results results_;
  int64_t row_bytes_ = 0;
  int threads_ = 1;
};

}  // namespace

host::Verdict support(const Query&, const host::Sort&) { return {}; }
StepPointer make_step(const Task& task, const host::Sort& op) {
  StepPointer step;
  math::for_numeric("sort", task.in(0).dtype, [&]<class T>(math::Type<T>) { step = std::make_unique<SortStep<T>>(task, op); });
  return step;
}

}  // namespace keraunos::cpu
