// Sums and maxima over the threads of a block: first within warps, then over one partial result per warp in shared memory.
#pragma once

#include "kernels/cuda/language.h"

namespace keraunos::cuda {

inline constexpr int kWarp = 32;
inline constexpr int kMaxWarps = 32;  // elements of scratch memory for the functions below

/// Sum over the block, returned to every thread. blockDim.x is a multiple of 32, blockDim.y = blockDim.z = 1. Has barriers at
/// both ends, so that `scratch` may be reused at once.
template <class T>
__device__ T block_sum(T value, T* scratch) {
  const unsigned lane = threadIdx.x % kWarp, warp = threadIdx.x / kWarp, warps = blockDim.x / kWarp;
  value = warp_sum(value);
  if (lane == 0) scratch[warp] = value;
  __syncthreads();
  value = warp_sum(lane < warps ? scratch[lane] : T(0));
  __syncthreads();
  return value;
}

/// Maximum over the block, returned to every thread; `least` stands for absent values.
template <class T>
__device__ T block_max(T value, T least, T* scratch) {
  const unsigned lane = threadIdx.x % kWarp, warp = threadIdx.x / kWarp, warps = blockDim.x / kWarp;
  value = warp_max(value);
  if (lane == 0) scratch[warp] = value;
  __syncthreads();
  value = warp_max(lane < warps ? scratch[lane] : least);
  __syncthreads();
  return value;
}

}  // namespace keraunos::cuda
