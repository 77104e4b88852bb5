// One kernel, two ways to lay its threads. A block works on `outputs` results at a time with `lanes` threads each: every lane folds its
// share of the terms, then the lanes' partial results meet in shared memory, half of them folding the other half at each step.
// When the last axis of x is reduced, neighbouring threads are lanes of one result; when it stays, they are neighbouring results. Either
// way a warp reads neighbouring elements.
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

template <Fold kFold, class C>
KERAUNOS_HD C folded(C a, C b) {
  if constexpr (kFold == Fold::sum || kFold == Fold::mean) return math::compute<Function::add>(a, b, 0.0);
  else if constexpr (kFold == Fold::product) return math::compute<Function::multiply>(a, b, 0.0);
  else if constexpr (kFold == Fold::maximum || kFold == Fold::any) return math::compute<Function::maximum>(a, b, 0.0);
  else return math::compute<Function::minimum>(a, b, 0.0);
}

struct Lanes {
  int32_t outputs, lanes;  // outputs · lanes = threads of a block; lanes is a power of two
  bool neighbours;         // neighbouring threads are lanes of one result
};

/// in: x; out (kept). See the head of this file.
template <Fold kFold, class T>
__global__ void fold_elements(ReduceShape shape, Lanes layout, int64_t results, int64_t terms, Folded<T> start, const T* in, T* out) {
  using C = Folded<T>;
  C* const partial = dynamic_shared<C>();
  const auto thread = static_cast<int32_t>(threadIdx.x);
  const int32_t lane = layout.neighbours ? thread % layout.lanes : thread / layout.outputs;
  const int32_t own = layout.neighbours ? thread / layout.lanes : thread % layout.outputs;
  C* const mine = partial + lane * layout.outputs + own;
  for (int64_t first = int64_t{blockIdx.x} * layout.outputs; first < results; first += int64_t{gridDim.x} * layout.outputs) {
    const int64_t result = first + own;
    C value = start;
    if (result < results) {
      int64_t base[1], offset[1];
      locate(shape.kept, static_cast<uint64_t>(result), base);
      for (int64_t term = lane; term < terms; term += layout.lanes) {
        locate(shape.reduced, static_cast<uint64_t>(term), offset);
        value = folded<kFold>(value, static_cast<C>(widen(in[base[0] + offset[0]])));
      }
    }
    *mine = value;
    __syncthreads();
    for (int32_t half = layout.lanes / 2; half > 0; half /= 2) {
      if (lane < half) *mine = folded<kFold>(*mine, mine[half * layout.outputs]);
      __syncthreads();
    }
    if (lane == 0 && result < results) {
      C total = *mine;
      if constexpr (kFold == Fold::mean) total = math::compute<Function::divide>(total, static_cast<C>(terms), 0.0);
      out[result] = narrow<T>(static_cast<Computed<T>>(total));
    }
  }
}

template <Fold kFold, class T>
constexpr Folded<T> start_of() {
  using C = Folded<T>;
  if constexpr (kFold == Fold::product || kFold == Fold::all) return C(1);
  if constexpr (kFold == Fold::sum || kFold == Fold::mean || kFold == Fold::any) return C(0);
  constexpr bool kGreatest = kFold == Fold::maximum;
  if constexpr (std::is_integral_v<T>) {
    return static_cast<C>(kGreatest ? std::numeric_limits<T>::lowest() : std::numeric_limits<T>::max());
  } else {
    return kGreatest ? -std::numeric_limits<C>::infinity() : std::numeric_limits<C>::infinity();
  }
}

Lanes lanes_for(bool neighbours, int64_t results, int64_t terms) {
  const auto block = static_cast<int32_t>(kBlock);
  if (!neighbours) {
    const int32_t outputs = results >= 32 ? 32 : (results >= 8 ? 8 : 1);
    return {outputs, block / outputs, false};
  }
  int32_t lanes = 32;
  while (lanes < block && terms > 8 * lanes) lanes *= 2;
  return {block / lanes, lanes, true};
}

template <class T>
void launch_typed(Fold fold, const ReduceShape& shape, const T* in, T* out, const LaunchContext& context, cudaStream_t stream) {
  const int64_t results = shape.kept.elements(), terms = shape.reduced.elements();
  const bool last_is_kept = shape.kept.rank > 0 && shape.kept.stride[0][shape.kept.rank - 1] == 1;
  const Lanes layout = lanes_for(!last_is_kept, results, terms);
  const auto run = [&]<Fold kFold>() {
    launch(fold_elements<kFold, T>, blocks_for(results, layout.outputs, context), kBlock, kBlock * sizeof(Folded<T>), stream, shape, layout,
           results, terms, start_of<kFold, T>(), in, out);
  };
  switch (fold) {
    case Fold::sum: return run.template operator()<Fold::sum>();
    case Fold::mean: return run.template operator()<Fold::mean>();
    case Fold::product: return run.template operator()<Fold::product>();
    case Fold::maximum: return run.template operator()<Fold::maximum>();
    case Fold::minimum: return run.template operator()<Fold::minimum>();
    case Fold::any: return run.template operator()<Fold::any>();
    case Fold::all: return run.template operator()<Fold::all>();
  }
}

}  // namespace

void launch_reduce(DType type, Fold fold, const ReduceShape& given, const void* in, void* out, const LaunchContext& context,
                   cudaStream_t stream) {
  if (given.kept.elements() == 0) return;
  const ReduceShape shape{simplified(given.kept), simplified(given.reduced)};
  for_numeric("reduction", type, [&]<class T>(Type<T>) {
    launch_typed<T>(fold, shape, static_cast<const T*>(in), static_cast<T*>(out), context, stream);
  });
}

}  // namespace keraunos::cuda
