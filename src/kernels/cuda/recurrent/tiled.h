// The kernel for every type, for any number of units whose state fits shared memory, and for large batches.
#pragma once

#include <cuda_runtime_api.h>

#include "kernels/cuda/grid.h"
#include "kernels/cuda/recurrent/shape.h"

namespace keraunos::cuda {

/// The layout of the kernel for a shape; see tiled.cu.
struct TiledLayout {
  int tile = 1;       ///< batch rows of a block
  int lanes = 32;     ///< threads along units
  int splits = 1;     ///< threads along the summed axis
  int64_t share = 0;  ///< terms of a sum that one split adds
  int64_t kept = 0;   ///< number of these whose weights stay in shared memory
  int64_t shared_bytes = 0;
};

inline constexpr int kTiledThreads = 1024;

/// False when the state does not fit a block's shared memory.
bool plan_tiled(DType type, const RecurrentShape& shape, const LaunchContext& context, TiledLayout& layout) noexcept;

/// All steps of a layer in one launch.
void launch_tiled(DType type, const RecurrentShape& shape, const TiledLayout& layout, const RecurrentMemory& memory,
                  cudaStream_t stream);

}  // namespace keraunos::cuda
