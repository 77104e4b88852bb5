// One kernel with two assignments of threads. A block computes `outputs` results at a time with `lanes` threads each: every lane
// folds its share of the terms, then the partial results are folded in shared memory, half of the lanes at each step. When the
// last axis of x is reduced, adjacent threads are lanes of one result; when it is kept, they belong to adjacent results. In both
// cases a warp reads adjacent elements. Few results with many terms would give too few threads: there the terms are split into
// `chunks`, a block folds one of them into the workspace, and a second launch of the same kernel folds the partial results.
// reduce_plan.cpp decides.
#include "kernels/cuda/fold.h"
#include "kernels/cuda/language.h"
#include "kernels/cuda/reduce.h"

namespace keraunos::cuda {
namespace {

/// Terms that a thread loads before it folds them, each into its own value. Only one with 64-bit indices: such arrays are rare,
/// and 64-bit divisions are slow.
template <class Index>
constexpr int kTermsAhead = sizeof(Index) == 4 ? 4 : 1;

/// in: x, or the partial results of such a launch. Writes partials (chunks, results) if not null, else out (results), there a sum
/// divided by mean_of if that is not negative. Folding `start` with a value gives that value.
template <Fold kFold, class In, class T, class Index>
__global__ void fold_elements(ReduceShape shape, ReduceLayout layout, Folded<T> start, int64_t mean_of, const In* in,
                              Folded<T>* partials, T* out) {
  using C = Folded<T>;
  constexpr int kN = kTermsAhead<Index>;
  C* const partial = dynamic_shared<C>();
  const auto thread = static_cast<int32_t>(threadIdx.x);
  const int32_t lane = layout.neighbours ? thread % layout.lanes : thread / layout.outputs;
  const int32_t own = layout.neighbours ? thread / layout.lanes : thread % layout.outputs;
  C* const mine = partial + lane * layout.outputs + own;
  const auto results = static_cast<Index>(layout.results), terms = static_cast<Index>(layout.terms);
  const auto groups = static_cast<Index>(layout.groups), share = static_cast<Index>(layout.share);
  const auto lanes = static_cast<Index>(layout.lanes);
  for (Index piece = blockIdx.x; piece < groups * static_cast<Index>(layout.chunks); piece += gridDim.x) {
    const Index chunk = piece / groups;
    const Index result = (piece - chunk * groups) * static_cast<Index>(layout.outputs) + static_cast<Index>(own);
    C value[kN];
    for (int i = 0; i < kN; ++i) value[i] = start;
    if (result < results) {
      int64_t base[1], offset[kN];
      locate(shape.kept, result, base);
      const Index first = chunk * share, end = terms - first < share ? terms : first + share;
      for (Index term = first + static_cast<Index>(lane); term < end; term += kN * lanes) {
        locate_several(shape.reduced, term, lanes, base[0], offset);
        C held[kN];
        for (int i = 0; i < kN; ++i) {
          held[i] = term + static_cast<Index>(i) * lanes < end ? static_cast<C>(widen(in[offset[i]])) : start;
        }
        for (int i = 0; i < kN; ++i) value[i] = folded<kFold>(value[i], held[i]);
      }
    }
    for (int i = 1; i < kN; ++i) value[0] = folded<kFold>(value[0], value[i]);
    *mine = value[0];
    __syncthreads();
    for (int32_t half = layout.lanes / 2; half > 0; half /= 2) {
      if (lane < half) *mine = folded<kFold>(*mine, mine[half * layout.outputs]);
      __syncthreads();
    }
    if (lane > 0 || result >= results) continue;
    C total = *mine;
    if (partials != nullptr) {
      partials[chunk * results + result] = total;
      continue;
    }
    if constexpr (kFold == Fold::sum) {
      if (mean_of >= 0) total = math::compute<Function::divide>(total, static_cast<C>(mean_of), 0.0);
    }
    out[result] = narrow<T>(static_cast<Computed<T>>(total));
  }
}

template <class T>
struct Folding {
  using C = Folded<T>;
  Fold fold;
  const LaunchContext& context;
  cudaStream_t stream;

  template <Fold kFold, class Index, class In>
  void pass(const ReduceShape& shape, const ReduceLayout& layout, int64_t mean_of, const In* in, C* partials, T* out) const {
    launch(fold_elements<kFold, In, T, Index>, blocks_for(layout.groups * layout.chunks, 1, context), kBlock, kBlock * sizeof(C),
           stream, shape, layout, start_of<T>(fold), mean_of, in, partials, out);
  }

  template <Fold kFold>
  void run(const ReduceShape& shape, const ReduceLayout& layout, const T* in, C* workspace, T* out) const {
    const int64_t mean_of = fold == Fold::mean ? layout.terms : -1;
    C* const partials = layout.split() ? workspace : nullptr;
    const bool small = layout.results < kSmallIndex && layout.terms < kSmallIndex;
    if (small)
      pass<kFold, uint32_t>(shape, layout, mean_of, in, partials, out);
    else
      pass<kFold, uint64_t>(shape, layout, mean_of, in, partials, out);
    if (!layout.split()) return;
    ReduceShape chunks;
    chunks.kept.add_axis(layout.results, {1});
    chunks.reduced.add_axis(layout.chunks, {layout.results});
    pass<kFold, uint32_t>(chunks, plan_unsplit_reduce(chunks, context), mean_of, static_cast<const C*>(partials), nullptr, out);
  }
};

}  // namespace

void launch_reduce(DType type, Fold fold, const ReduceShape& shape, const ReduceLayout& layout, const void* in, void* workspace,
                   void* out, const LaunchContext& context, cudaStream_t stream) {
  if (layout.results == 0) return;
  for_numeric("reduction", type, [&]<class T>(Type<T>) {
    const Folding<T> folding{fold, context, stream};
    const auto run = [&]<Fold kFold>() {
      folding.template run<kFold>(shape, layout, static_cast<const T*>(in), static_cast<Folded<T>*>(workspace),
                                  static_cast<T*>(out));
    };
    switch (fold) {
      case Fold::sum:
      case Fold::mean: return run.template operator()<Fold::sum>();
      case Fold::product: return run.template operator()<Fold::product>();
      // any and all are the maximum and minimum of 0 and 1; they differ in their initial value only.
      case Fold::maximum:
      case Fold::any: return run.template operator()<Fold::maximum>();
      case Fold::minimum:
      case Fold::all: return run.template operator()<Fold::minimum>();
    }
  });
}

}  // namespace keraunos::cuda
