#include <algorithm>
#include <cstring>

#include "kernels/cpu/parallel.h"
#include "kernels/cpu/steps.h"

namespace keraunos::cpu {
namespace {

// The table is (before, rows, after) around its axis; the result (before, ids, after). An id outside the table gives zeros; the
// first one of a run is stored in the error word.
class GatherStep final : public host::Step {
 public:
  GatherStep(const Task& task, const host::Gather& op)
      : workers_(task.cpu.workers),
        id_type_(task.in(1).dtype),
        from_end_(op.from_end),
        ids_(host::elements_of(task.in(1).shape)) {
    const Shape& table = task.in(0).shape;
    const auto axis = static_cast<size_t>(op.axis);
    for (size_t i = 0; i < axis; ++i) before_ *= table[i].size;
    for (size_t i = axis + 1; i < table.size(); ++i) after_ *= table[i].size;
    rows_ = table[axis].size;
    bytes_ = after_ * size_of(task.in(0).dtype);
    threads_ = threads_for(task.cpu.threads, before_ * ids_,
                           static_cast<double>(before_ * ids_) * (5 + 0.1 * static_cast<double>(bytes_)));
    kernel = "gather";
  }

  void enqueue(const host::Operands& operands) const override {
    if (before_ * after_ != 0) find_error(operands);
    const auto* table = static_cast<const std::byte*>(operands.in[0]);
    auto* result = static_cast<std::byte*>(operands.out[0]);
    share_out(workers_.get(), threads_, before_ * ids_, [&](int64_t begin, int64_t end, int) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t id = place_of(id_at(operands.in[1], i % ids_));
        std::byte* to = result + i * bytes_;
        if (inside(id))
          std::memcpy(to, table + (i / ids_ * rows_ + id) * bytes_, static_cast<size_t>(bytes_));
        else
          std::memset(to, 0, static_cast<size_t>(bytes_));
      }
    });
  }

 private:
  bool inside(int64_t id) const noexcept { return id >= 0 && id < rows_; }
  int64_t place_of(int64_t id) const noexcept { return from_end_ && id < 0 ? id + rows_ : id; }
  int64_t id_at(const void* ids, int64_t i) const noexcept { return math::load_element(ids, id_type_, i).integer; }
  void find_error(const host::Operands& operands) const {
    if (operands.error == nullptr || operands.error->raised != 0) return;
    for (int64_t i = 0; i < ids_; ++i) {
      const int64_t id = id_at(operands.in[1], i);
      if (inside(place_of(id))) continue;
      operands.error->found = id;
      operands.error->raised = 1;
      return;
    }
  }

  std::shared_ptr<Workers> workers_;
  DType id_type_;
  bool from_end_;
  int64_t ids_, before_ = 1, rows_ = 0, after_ = 1, bytes_ = 0;
  int threads_ = 1;
};

}  // namespace

host::Verdict support(const Query&, const host::Gather&) { return {}; }
StepPointer make_step(const Task& task, const host::Gather& op) { return std::make_unique<GatherStep>(task, op); }

}  // namespace keraunos::cpu
