// Three kernels. Chains of one floating type run on packs of up to 16 bytes with the value in registers, chains of integers or
// of several types on one element per thread. Any other program is interpreted, with its registers in local memory.
#include "kernels/cuda/broadcast.h"
#include "kernels/cuda/language.h"
#include "kernels/cuda/pointwise.h"
#include "kernels/math/evaluate.h"

namespace keraunos::cuda {
namespace {

/// out (elements), all operands of type T. A thread computes packs index, index + threads of the grid, … of N elements. For N > 1
/// the last axis is a multiple of N and every operand is dense or broadcast along it.
template <class T, int N, class Index>
__global__ void run_chains(const __grid_constant__ Chain chain, const __grid_constant__ math::Strides strides,
                           const __grid_constant__ ChainOperands operands, int64_t packs, T* out) {
  const int64_t threads = int64_t{gridDim.x} * blockDim.x;
  for (int64_t index = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; index < packs; index += threads) {
    const auto first = static_cast<Index>(index * N);
    const Pack<T, N> start = load_pack<T, N>(strides, operands, 0, first);
    Computed<T> value[N];
    for (int i = 0; i < N; ++i) value[i] = widen(start.at[i]);
    run_chain<T, N>(chain, strides, operands, first, value);
    Pack<T, N> result;
    for (int i = 0; i < N; ++i) result.at[i] = narrow<T>(value[i]);
    reinterpret_cast<Pack<T, N>*>(out)[index] = result;
  }
}

/// out (elements). A thread computes elements index, index + threads of the grid, …
template <class Index>
__global__ void run_mixed_chains(const __grid_constant__ Chain chain, const __grid_constant__ math::Strides strides,
                                 const __grid_constant__ ChainOperands operands, const __grid_constant__ OperandTypes types,
                                 int64_t elements, void* out) {
  const int64_t threads = int64_t{gridDim.x} * blockDim.x;
  for (int64_t index = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; index < elements; index += threads) {
    const auto operand = [&](int k) {
      return math::load_element(operands.at[k], types.at[k], offset_in(strides, k, static_cast<Index>(index)));
    };
    math::Word value = operand(0);
    DType type = types.at[0];
    for (int l = 0; l < chain.links; ++l) {
      const ChainLink& link = chain.link[l];
      if (link.function == Function::cast) {
        value = math::convert(value, type, link.type);
      } else {
        const math::Word other = link.operand >= 0 ? operand(link.operand) : math::constant_word(link.immediate, type);
        const math::Word a = link.swapped ? other : value, b = link.swapped ? value : other;
        MixedChainFunctions::visit(
            link.function, [&]<Function kOne>() { value = math::apply_in<kOne>(math::lane_of(type), a, b, link.immediate); });
        math::settle(value, link.type);
      }
      type = link.type;
    }
    math::store_element(out, type, index, value);
  }
}

/// out (elements). A thread computes elements index, index + threads of the grid, …
__global__ void run_programs(const __grid_constant__ math::Code code, const __grid_constant__ math::Strides strides,
                             const __grid_constant__ ChainOperands operands, int64_t elements, DType type, void* out) {
  const int64_t threads = int64_t{gridDim.x} * blockDim.x;
  for (int64_t index = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; index < elements; index += threads) {
    const auto load = [&](int k) {
      return math::load_element(operands.at[k], code.types[k], offset_in(strides, k, static_cast<uint64_t>(index)));
    };
    math::store_element(out, type, index, math::evaluate(code, load));
  }
}

template <class T>
void launch_chain(const PointwisePlan& plan, const ChainOperands& operands, T* out, const LaunchContext& context,
                  cudaStream_t stream) {
  constexpr int kWide = 16 / static_cast<int>(sizeof(T));
  const auto run = [&]<int N>(auto kernel) {
    const int64_t packs = plan.elements / N;
    launch(kernel, blocks_for(packs, kBlock, context), kBlock, 0, stream, plan.chain, plan.strides, operands, packs, out);
  };
  const bool small = plan.elements <= INT32_MAX;
  const bool wide = reinterpret_cast<uintptr_t>(out) % 16 == 0 && packs_fit(plan.strides, operands, 0, kWide, sizeof(T));
  if (small && wide) return run.template operator()<kWide>(run_chains<T, kWide, uint32_t>);
  if (small) return run.template operator()<1>(run_chains<T, 1, uint32_t>);
  run.template operator()<1>(run_chains<T, 1, uint64_t>);
}

void launch_mixed_chain(const PointwisePlan& plan, const ChainOperands& operands, void* out, const LaunchContext& context,
                        cudaStream_t stream) {
  OperandTypes types;
  for (int k = 0; k < plan.code.inputs; ++k) types.at[k] = plan.code.types[k];
  const auto run = [&](auto kernel) {
    launch(kernel, blocks_for(plan.elements, kBlock, context), kBlock, 0, stream, plan.chain, plan.strides, operands, types,
           plan.elements, out);
  };
  plan.elements <= INT32_MAX ? run(run_mixed_chains<uint32_t>) : run(run_mixed_chains<uint64_t>);
}

}  // namespace

void launch_pointwise(const PointwisePlan& plan, const ChainOperands& operands, void* out, const LaunchContext& context,
                      cudaStream_t stream) {
  if (plan.elements == 0) return;
  if (plan.is_mixed_chain) return launch_mixed_chain(plan, operands, out, context, stream);
  if (!plan.is_chain) {
    launch(run_programs, blocks_for(plan.elements, kBlock, context), kBlock, 0, stream, plan.code, plan.strides, operands,
           plan.elements, plan.result, out);
    return;
  }
  for_floating("pointwise", plan.result,
               [&]<class T>(Type<T>) { launch_chain<T>(plan, operands, static_cast<T*>(out), context, stream); });
}

}  // namespace keraunos::cuda
