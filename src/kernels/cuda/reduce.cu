// One kernel, two ways to lay its threads. A block works on `outputs` results at a time with `lanes` threads each: every lane folds its
// share of the terms, then the lanes' partial results meet in shared memory, half of them folding the other half at each step.
// When the last axis of x is reduced, neighbouring threads are lanes of one result; when it stays, they are neighbouring results. Either
// way a warp reads neighbouring elements.
// Where results are few and terms many, that is too few threads: the terms are split in chunks, a block folds one chunk of its results into
// the workspace, and a second launch of the same kernel folds the chunks. reduce_plan.cpp decides.
#include "kernels/cuda/reduce.h"

#include <limits>

#include "kernels/cuda/elements.h"
#include "kernels/cuda/language.h"
#include "kernels/math/functions.h"

namespace keraunos::cuda {
namespace {

/// Integers of every width fold as int64_t and wrap at the end.
template <class T>
using Folded = std::conditional_t<std::is_integral_v<T>, int64_t, Computed<T>>;

/// Terms that a thread loads before it folds them, each into a value of its own. With 64-bit indices only one: such arrays are
/// rare, and their divisions long.
template <class Index>
constexpr int kFlight = sizeof(Index) == 4 ? 4 : 1;

/// Offsets of elements first, first + step, … by one loop over the axes. Elements behind the end have some offset, too.
template <class Index, int N>
KERAUNOS_HD void locate_several(const Walk<1>& walk, Index first, Index step, int64_t base, int64_t (&offset)[N]) {
  Index index[N];
  for (int i = 0; i < N; ++i) index[i] = first + static_cast<Index>(i) * step, offset[i] = base;
  for (int axis = walk.rank - 1; axis > 0; --axis) {
    const auto extent = static_cast<Index>(walk.size[axis]);
    for (int i = 0; i < N; ++i) {
      const Index rest = index[i] / extent;
      offset[i] += static_cast<int64_t>(index[i] - rest * extent) * walk.stride[0][axis];
      index[i] = rest;
    }
  }
  for (int i = 0; i < N; ++i) offset[i] += static_cast<int64_t>(index[i]) * walk.stride[0][0];
}

template <Fold kFold, class C>
KERAUNOS_HD C folded(C a, C b) {
  if constexpr (kFold == Fold::sum) return math::compute<Function::add>(a, b, 0.0);
  else if constexpr (kFold == Fold::product) return math::compute<Function::multiply>(a, b, 0.0);
  else if constexpr (kFold == Fold::maximum) return math::compute<Function::maximum>(a, b, 0.0);
  else return math::compute<Function::minimum>(a, b, 0.0);
}

/// in: x, or the partial results of such a launch. Writes partials (chunks, results) where there are any, else out (results), there a sum
/// divided by mean_of if that is not negative. `start` changes no value that it is folded with.
template <Fold kFold, class In, class T, class Index>
__global__ void fold_elements(ReduceShape shape, ReduceLayout layout, Folded<T> start, int64_t mean_of, const In* in,
                              Folded<T>* partials, T* out) {
  using C = Folded<T>;
  constexpr int kN = kFlight<Index>;
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

/// What the folding of elements of type T starts from.
template <class T>
constexpr Folded<T> start_of(Fold fold) {
  using C = Folded<T>;
  if (fold == Fold::product || fold == Fold::all) return C(1);
  if (fold != Fold::maximum && fold != Fold::minimum) return C(0);
  const bool greatest = fold == Fold::maximum;
  if constexpr (std::is_integral_v<T>) {
    return static_cast<C>(greatest ? std::numeric_limits<T>::lowest() : std::numeric_limits<T>::max());
  } else {
    return greatest ? -std::numeric_limits<C>::infinity() : std::numeric_limits<C>::infinity();
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
    launch(fold_elements<kFold, In, T, Index>, blocks_for(layout.groups * layout.chunks, 1, context), kBlock, kBlock * sizeof(C), stream,
           shape, layout, start_of<T>(fold), mean_of, in, partials, out);
  }

  template <Fold kFold>
  void run(const ReduceShape& shape, const ReduceLayout& layout, const T* in, C* workspace, T* out) const {
    const int64_t mean_of = fold == Fold::mean ? layout.terms : -1;
    C* const partials = layout.split() ? workspace : nullptr;
    const bool small = layout.results < kSmallIndex && layout.terms < kSmallIndex;
    if (small) pass<kFold, uint32_t>(shape, layout, mean_of, in, partials, out);
    else pass<kFold, uint64_t>(shape, layout, mean_of, in, partials, out);
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
      folding.template run<kFold>(shape, layout, static_cast<const T*>(in), static_cast<Folded<T>*>(workspace), static_cast<T*>(out));
    };
    switch (fold) {
      case Fold::sum: case Fold::mean: return run.template operator()<Fold::sum>();
      case Fold::product: return run.template operator()<Fold::product>();
      // Of booleans, which are 0 or 1: the start alone is another one.
      case Fold::maximum: case Fold::any: return run.template operator()<Fold::maximum>();
      case Fold::minimum: case Fold::all: return run.template operator()<Fold::minimum>();
    }
  });
}

}  // namespace keraunos::cuda
