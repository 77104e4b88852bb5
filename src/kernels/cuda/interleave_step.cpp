#include "host/ops/interleave.h"
#include "kernels/cuda/copy.h"
#include "kernels/cuda/step.h"

namespace keraunos::cuda {
namespace {

class InterleaveStep final : public Step {
 public:
  InterleaveStep(const Task& task, const host::Interleave& op)
      : Step(task.context), bytes_(static_cast<int>(size_of(task.out().dtype))) {
    for (const host::Interleave::Copy& copy : op.copies(task)) {
      Walk<2> walk;
      for (size_t i = 0; i < copy.extents.size(); ++i) walk.add_axis(copy.extents[i], {copy.to[i], copy.from[i]});
      pieces_.push_back({simplified(walk), copy.part, copy.from_first * bytes_, copy.to_first * bytes_});
    }
    launches = static_cast<int>(pieces_.size());
    kernel = "interleave";
  }

 private:
  struct Piece {
    Walk<2> walk;
    size_t part;
    int64_t from_bytes, to_bytes;
  };
  void run(const host::Operands& operands, cudaStream_t stream) const override {
    for (const Piece& piece : pieces_) {
      launch_copy(piece.walk, bytes_, static_cast<std::byte*>(operands.out[0]) + piece.to_bytes,
                  static_cast<const std::byte*>(operands.in[piece.part]) + piece.from_bytes, launch_context(), stream);
    }
  }

  int bytes_;
  std::vector<Piece> pieces_;
};

}  // namespace

host::Verdict support(const Query&, const host::Interleave&) { return {}; }
StepPointer make_step(const Task& task, const host::Interleave& op) { return std::make_unique<InterleaveStep>(task, op); }

}  // namespace keraunos::cuda
