// Two kernels. Chains of one floating type run on packs of up to 16 bytes, the value in registers. Any other program is interpreted, one
// element a thread, its registers in local memory.
#include "kernels/cuda/pointwise.h"

#include "kernels/cuda/language.h"
#include "kernels/cuda/word.h"
#include "kernels/math/evaluate.h"

namespace keraunos::cuda {
namespace {

/// Offset of element `index` of the result in operand k.
template <class Index>
KERAUNOS_HD int64_t offset_in(const math::Strides& s, int k, Index index) {
  if (s.axes == 1) return static_cast<int64_t>(index) * s.stride[k][0];
  int64_t offset = 0;
  for (int axis = s.axes - 1; axis > 0; --axis) {
    const auto extent = static_cast<Index>(s.extent[axis]);
    const Index rest = index / extent;
    offset += static_cast<int64_t>(index - rest * extent) * s.stride[k][axis];
    index = rest;
  }
  return offset + static_cast<int64_t>(index) * s.stride[k][0];
}

/// Elements index … index + N − 1 of the result, which lie on one run of the last axis, in operand k.
template <class T, int N, class Index>
__device__ Pack<T, N> load_pack(const math::Strides& s, const ChainOperands& operands, int k, Index index) {
  const T* const from = static_cast<const T*>(operands.at[k]) + offset_in(s, k, index);
  if (s.stride[k][s.axes - 1] == 1) return *reinterpret_cast<const Pack<T, N>*>(from);
  Pack<T, N> pack;
  for (int i = 0; i < N; ++i) pack.at[i] = *from;  // the last axis is broadcast
  return pack;
}

/// out (elements), all operands of type T. A thread computes packs index, index + threads of the grid, … of N elements. For N > 1 the last
/// axis is a multiple of N and every operand walks it densely or not at all.
template <class T, int N, class Index>
__global__ void run_chains(Chain chain, math::Strides strides, ChainOperands operands, int64_t packs, T* out) {
  using C = Computed<T>;
  const int64_t threads = int64_t{gridDim.x} * blockDim.x;
  for (int64_t index = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; index < packs; index += threads) {
    const auto first = static_cast<Index>(index * N);
    const Pack<T, N> start = load_pack<T, N>(strides, operands, 0, first);
    C value[N];
    for (int i = 0; i < N; ++i) value[i] = widen(start.at[i]);
    for (int l = 0; l < chain.links; ++l) {
      const ChainLink& link = chain.link[l];
      Pack<T, N> other;
      if (link.operand >= 0) other = load_pack<T, N>(strides, operands, link.operand, first);
      for (int i = 0; i < N; ++i) {
        const C second = link.operand >= 0 ? widen(other.at[i]) : static_cast<C>(link.immediate);
        value[i] = ChainFunctions::apply(link.function, link.swapped ? second : value[i], link.swapped ? value[i] : second, link.immediate);
        if constexpr (kIsHalf<T>) value[i] = widen(narrow<T>(value[i]));
      }
    }
    Pack<T, N> result;
    for (int i = 0; i < N; ++i) result.at[i] = narrow<T>(value[i]);
    reinterpret_cast<Pack<T, N>*>(out)[index] = result;
  }
}

/// out (elements). A thread computes elements index, index + threads of the grid, …
__global__ void run_programs(math::Code code, math::Strides strides, ChainOperands operands, int64_t elements, DType type, void* out) {
  const int64_t threads = int64_t{gridDim.x} * blockDim.x;
  for (int64_t index = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; index < elements; index += threads) {
    const auto load = [&](int k) { return math::load_element(operands.at[k], code.types[k], offset_in(strides, k, static_cast<uint64_t>(index))); };
    math::store_element(out, type, index, math::evaluate(code, load));
  }
}

/// Whether packs of `n` elements are aligned and do not straddle a row in any operand.
bool packs_fit(const PointwisePlan& plan, const ChainOperands& operands, const void* out, int64_t n) {
  const math::Strides& s = plan.strides;
  const auto bytes = static_cast<uintptr_t>(n * size_of(plan.result));
  if (s.extent[s.axes - 1] % n != 0 || reinterpret_cast<uintptr_t>(out) % bytes != 0) return false;
  for (int k = 0; k < s.operands; ++k) {
    const int64_t last = s.stride[k][s.axes - 1];
    if (last == 0) continue;
    if (last != 1 || reinterpret_cast<uintptr_t>(operands.at[k]) % bytes != 0) return false;
    for (int axis = 0; axis + 1 < s.axes; ++axis) {
      if (s.stride[k][axis] % n != 0) return false;
    }
  }
  return true;
}

template <class T>
void launch_chain(const PointwisePlan& plan, const ChainOperands& operands, T* out, const LaunchContext& context, cudaStream_t stream) {
  constexpr int kWide = 16 / static_cast<int>(sizeof(T));
  const auto run = [&]<int N>(auto kernel) {
    const int64_t packs = plan.elements / N;
    launch(kernel, blocks_for(packs, kBlock, context), kBlock, 0, stream, plan.chain, plan.strides, operands, packs, out);
  };
  const bool small = plan.elements <= INT32_MAX;
  if (small && packs_fit(plan, operands, out, kWide)) return run.template operator()<kWide>(run_chains<T, kWide, uint32_t>);
  if (small) return run.template operator()<1>(run_chains<T, 1, uint32_t>);
  if (packs_fit(plan, operands, out, kWide)) return run.template operator()<kWide>(run_chains<T, kWide, uint64_t>);
  run.template operator()<1>(run_chains<T, 1, uint64_t>);
}

}  // namespace

void launch_pointwise(const PointwisePlan& plan, const ChainOperands& operands, void* out, const LaunchContext& context,
                      cudaStream_t stream) {
  if (plan.elements == 0) return;
  if (!plan.is_chain) {
    launch(run_programs, blocks_for(plan.elements, kBlock, context), kBlock, 0, stream, plan.code, plan.strides, operands, plan.elements,
           plan.result, out);
    return;
  }
  for_floating("pointwise", plan.result, [&]<class T>(Type<T>) { launch_chain<T>(plan, operands, static_cast<T*>(out), context, stream); });
}

}  // namespace keraunos::cuda
