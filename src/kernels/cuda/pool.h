#pragma once

#include <cuda_runtime_api.h>

#include "kernels/cuda/grid.h"
#include "keraunos/dtype.h"

namespace keraunos::cuda {

/// A window over three spatial axes (unused ones have extent 1), channels last.
struct PoolShape {
  int64_t batch = 0, channels = 0;
  int64_t in[3] = {1, 1, 1}, out[3] = {1, 1, 1}, window[3] = {1, 1, 1}, stride[3] = {1, 1, 1}, dilation[3] = {1, 1, 1}, low[3] = {0, 0, 0};
};

/// out (batch, out…, channels) = maximum (−∞ outside) or mean over what lies inside of in (batch, in…, channels).
void launch_pool(DType type, bool maximum, const PoolShape& shape, const void* in, void* out, const LaunchContext& context,
                 cudaStream_t stream);

}  // namespace keraunos::cuda
