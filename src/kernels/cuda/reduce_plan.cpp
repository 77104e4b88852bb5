// Chooses the threads for each result and the number of blocks. A thread mostly waits for memory, so the number of threads
// matters; but splitting needs a second launch, which costs as much as a few rounds of waiting.
#include <algorithm>

#include "kernels/cuda/reduce.h"

namespace keraunos::cuda {
namespace {

constexpr int64_t kFewTerms = 8;    // terms of a thread: with fewer, starting the thread costs more than it saves
constexpr int64_t kManyTerms = 32;  // terms of a thread: with more, a second launch is cheaper
constexpr int64_t kBlocksEach = 4;  // blocks that keep a multiprocessor's memory system busy

/// Bytes of a partial result: integers fold as int64_t, 16-bit floats as float.
int64_t partial_bytes(DType type) noexcept { return is_floating(type) && type != DType::float64 ? 4 : 8; }

}  // namespace

ReduceLayout plan_unsplit_reduce(const ReduceShape& shape, const LaunchContext& context) noexcept {
  const auto block = static_cast<int32_t>(kBlock);
  ReduceLayout l;
  l.results = shape.kept.elements(), l.terms = shape.reduced.elements();
  l.neighbours = shape.kept.rank == 0 || shape.kept.stride[0][shape.kept.rank - 1] != 1;
  if (l.neighbours) {
    l.lanes = 32;
    while (l.lanes < block && l.terms > kFewTerms * l.lanes) l.lanes *= 2;
    l.outputs = block / l.lanes;
  } else {
    // 8 adjacent results are the fewest that use a whole memory transaction; with 32 a warp reads whole lines, but fewer threads
    // share the terms.
    const bool blocks_are_few = divide_up(l.results, 32) < kBlocksEach / 2 * context.multiprocessors;
    const bool eight_suffice = l.terms <= kManyTerms * (block / 8);
    l.outputs = l.results < 8 ? 1 : (l.results < 32 || (blocks_are_few && eight_suffice) ? 8 : 32);
    l.lanes = block / l.outputs;
  }
  l.groups = divide_up(l.results, l.outputs);
  l.share = l.terms;
  return l;
}

ReduceLayout plan_reduce(DType type, const ReduceShape& shape, const LaunchContext& context) noexcept {
  ReduceLayout l = plan_unsplit_reduce(shape, context);
  if (l.results == 0 || l.terms <= kManyTerms * l.lanes) return l;
  const int64_t chunks = std::min(kBlocksEach * context.multiprocessors / l.groups, l.terms / (kFewTerms * l.lanes));
  if (chunks < 2) return l;
  l.share = divide_up(divide_up(l.terms, chunks), l.lanes) * l.lanes;
  l.chunks = divide_up(l.terms, l.share);
  l.workspace_bytes = l.chunks * l.results * partial_bytes(type);
  return l;
}

}  // namespace keraunos::cuda
