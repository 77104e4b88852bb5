// Padding with a constant. Elements are opaque words.
#pragma once

#include <cuda_runtime_api.h>

#include "kernels/cuda/grid.h"
#include "kernels/cuda/walk.h"

namespace keraunos::cuda {

/// For each axis: the extent of the source and the padding before and after it.
struct PadShape {
  int rank = 0;
  int64_t size[kMaxAxes] = {}, low[kMaxAxes] = {}, result[kMaxAxes] = {};
};
/// Merges axes without padding into the axis before them.
PadShape simplified(const PadShape& shape) noexcept;
/// `value` holds one element.
void launch_pad(const PadShape& shape, int element_bytes, const void* value, void* to, const void* from,
                const LaunchContext& context, cudaStream_t stream);

}  // namespace keraunos::cuda
