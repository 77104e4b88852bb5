// One row times many constant weights, which are read in their saved layout: each is read once, so packing would gain nothing and
// need the memory twice.
#include <algorithm>

#include "kernels/cpu/epilogue.h"
#include "kernels/cpu/memory.h"
#include "kernels/cpu/packing.h"
#include "kernels/cpu/parallel.h"
#include "kernels/cpu/product_shape.h"
#include "kernels/cpu/steps.h"

namespace keraunos::cpu {
namespace {

template <class T>
class RowProductStep final : public host::Step {
 public:
  RowProductStep(const Task& task, const ProductShape& shape, const host::Program& epilogue)
      : kernels_(*task.cpu.kernels),
        workers_(task.cpu.workers),
        n_(shape.n),
        k_(shape.k),
        blocks_(std::max<int64_t>(1, (k_ + kSummedAtOnce / 2) / kSummedAtOnce)),
        groups_((n_ + kGroup - 1) / kGroup),
        epilogue_(epilogue, task.out().shape, epilogue_shapes(task), task.cpu) {
    const double nanoseconds = static_cast<double>(n_) * static_cast<double>(k_) * (sizeof(T) == 4 ? 0.05 : 0.1);
    threads_ = threads_for(task.cpu.threads, blocks_ * groups_, nanoseconds);
    scratch_at_ = aligned(blocks_ * n_ * static_cast<int64_t>(sizeof(T)));
    workspace_bytes = scratch_at_ + epilogue_.scratch_bytes();
    kernel = "product " + std::string(kernels_.name) + " of weights as saved";
  }

  // Threads share the weights in memory order; then the sums of each block of rows are added in the order of product() in
  // isa/product.h, so that a row has the same bits alone and in a batch.
  void enqueue(const host::Operands& operands) const override {
    T* const sums = static_cast<T*>(operands.workspace);
    share_out(workers_.get(), threads_, blocks_ * groups_, [&](int64_t first, int64_t last, int) {
      for (int64_t at = first; at < last;) {
        const int64_t block = at / groups_, next = std::min((block + 1) * groups_, last);
        const int64_t column = (at - block * groups_) * kGroup, end = std::min((next - block * groups_) * kGroup, n_);
        const int64_t k = block * kSummedAtOnce;
        run_product(kernels_, RowProduct<T>{.a = static_cast<const T*>(operands.in[0]) + k,
                                            .b = static_cast<const T*>(operands.in[1]) + k * n_ + column,
                                            .b_stride = n_,
                                            .sum = sums + block * n_ + column,
                                            .n = end - column,
                                            .k = block + 1 == blocks_ ? k_ - k : kSummedAtOnce});
        at = next;
      }
    });
    const auto extra = operands.in.subspan(2);
    T* const c = static_cast<T*>(operands.out[0]);
    add_blocks(
        kernels_,
        BlockSums<T>{.c = c,
                     .init = epilogue_.bias() < 0 ? nullptr : static_cast<const T*>(extra[static_cast<size_t>(epilogue_.bias())]),
                     .sums = sums,
                     .n = n_,
                     .blocks = blocks_,
                     .clamp = epilogue_.template clamp<T>()});
    if (epilogue_.empty()) return;
    epilogue_.apply(extra, c, static_cast<std::byte*>(operands.workspace) + scratch_at_, 0, n_);
  }

 private:
  static constexpr int64_t kGroup = 64;  // columns: whole cache lines

  const Kernels& kernels_;
  std::shared_ptr<Workers> workers_;
  int64_t n_, k_, blocks_, groups_;
  Epilogue epilogue_;
  int threads_ = 1;
  int64_t scratch_at_ = 0;
};

}  // namespace

StepPointer make_row_product(const Task& task, const ProductShape& shape, bool transpose_b, const host::Program& epilogue) {
  constexpr int64_t kMany = int64_t{1} << 20;  // bytes; fewer weights stay in the caches, where panels are read a little faster
  const host::ValueInfo& b = task.in(1);
  const bool float32 = b.dtype == DType::float32;
  if ((!float32 && b.dtype != DType::float64) || transpose_b || !task.graph.is_constant(task.node.in[1])) return nullptr;
  if (shape.batch != 1 || shape.m != 1 || shape.k * shape.n * size_of(b.dtype) < kMany) return nullptr;
  if (float32) return std::make_unique<RowProductStep<float>>(task, shape, epilogue);
  return std::make_unique<RowProductStep<double>>(task, shape, epilogue);
}

}  // namespace keraunos::cpu
