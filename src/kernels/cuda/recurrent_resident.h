// A recurrent layer of up to 256 units whose weights stay in registers and shared memory from the first step to the last.
#pragma once

#include <cuda_runtime_api.h>

#include "kernels/cuda/recurrent.h"

namespace keraunos::cuda {

/// How the kernel is laid out for a shape; see recurrent_resident.cu. A quad is four neighbouring elements of the state.
struct ResidentLayout {
  int tile = 1;     ///< batch rows of a block: 1 or 2
  int splits = 1;   ///< threads that share a unit's sum: a power of two within a warp
  int threads = 32; ///< of a block
  int held = 0;     ///< quads of a thread's share whose weights lie in registers
  int near = 0;     ///< quads behind them whose weights lie in shared memory
  int quads = 0;    ///< of a thread's share in all; what is neither held nor near is read at every step
  int64_t shared_bytes = 0;
};

/// False where recurrent.h's kernel is the better one, or the only one: other types than float32, other functions than sigmoid and tanh, a GRU
/// without reset_after, many units.
bool plan_resident(DType type, const RecurrentShape& shape, const LaunchContext& context, ResidentLayout& layout) noexcept;

void launch_resident(const RecurrentShape& shape, const ResidentLayout& layout, const RecurrentMemory& memory, cudaStream_t stream);

}  // namespace keraunos::cuda
