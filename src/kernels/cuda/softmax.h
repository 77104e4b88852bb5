#pragma once

#include <cuda_runtime_api.h>

#include "keraunos/dtype.h"
#include "kernels/cuda/grid.h"

namespace keraunos::cuda {

/// Softmax, or its logarithm, along the rows of a (rows, length) array. In place is allowed.
void launch_softmax(DType type, bool log, const void* in, void* out, int64_t rows, int64_t length, const LaunchContext& context,
                    cudaStream_t stream);

}  // namespace keraunos::cuda
