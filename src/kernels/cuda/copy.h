// Copies between strided views: transposition and slices. Elements are opaque words; adjacent elements that move together are
// moved as one word of up to 16 bytes.
#pragma once

#include <cuda_runtime_api.h>

#include "kernels/cuda/grid.h"
#include "kernels/cuda/walk.h"

namespace keraunos::cuda {

/// to[…] = from[…] over the walk (array 0 is `to`, array 1 `from`; strides in elements of `element_bytes`, of any sign).
void launch_copy(const Walk<2>& walk, int element_bytes, void* to, const void* from, const LaunchContext& context,
                 cudaStream_t stream);

}  // namespace keraunos::cuda
