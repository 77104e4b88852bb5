#pragma once

#include <cuda_runtime_api.h>

#include "keraunos/dtype.h"
#include "kernels/cuda/grid.h"
#include "kernels/cuda/window.h"

namespace keraunos::cuda {

/// out (batch, out…, channels) = maximum (−∞ outside) or mean over the elements of in (batch, in…, channels) that lie inside.
void launch_pool(DType type, bool maximum, const WindowShape& shape, int64_t channels, const void* in, void* out,
                 const LaunchContext& context, cudaStream_t stream);

}  // namespace keraunos::cuda
