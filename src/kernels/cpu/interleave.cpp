// Puts results that were computed by phases of a stride in order, with strided copies.
#include "host/ops/interleave.h"

#include "kernels/cpu/steps.h"
#include "kernels/cpu/strided_copy.h"

namespace keraunos::cpu {
namespace {

class InterleaveStep final : public host::Step {
 public:
  InterleaveStep(const Task& task, const host::Interleave& op) {
    const int64_t element = size_of(task.out().dtype);
    for (const host::Interleave::Copy& copy : op.copies(task)) {
      pieces_.push_back({StridedCopy(copy.extents, copy.from, copy.to, element, task.cpu), copy.part, copy.from_first * element,
                         copy.to_first * element});
    }
    kernel = "interleave";
  }

  void enqueue(const host::Operands& operands) const override {
    for (const Piece& piece : pieces_) {
      piece.copy.run(static_cast<const std::byte*>(operands.in[piece.part]) + piece.from_bytes,
                     static_cast<std::byte*>(operands.out[0]) + piece.to_bytes);
    }
  }

 private:
  struct Piece {
    StridedCopy copy;
    size_t part;
    int64_t from_bytes, to_bytes;
  };
  std::vector<Piece> pieces_;
};

}  // namespace

host::Verdict support(const Query&, const host::Interleave&) { return {}; }
StepPointer make_step(const Task& task, const host::Interleave& op) { return std::make_unique<InterleaveStep>(task, op); }

}  // namespace keraunos::cpu
