#pragma once

#include <cuda_runtime_api.h>

#include "keraunos/dtype.h"
#include "kernels/cuda/grid.h"

namespace keraunos::cuda {

/// Weighted sums along the middle axis of x (before, elements, after).
struct ResampleShape {
  int64_t before = 1, elements = 1, after = 1;
  int64_t results = 0, taps = 0;
  bool lerp = false;  ///< as in host::Resample
};

/// out (before, results, after) = sums of weights (results, taps) times x at ids (results, taps). type: float32 or float64.
void launch_resample(DType type, const ResampleShape& shape, const void* x, const int32_t* ids, const void* weights, void* out,
                     const LaunchContext& context, cudaStream_t stream);

}  // namespace keraunos::cuda
