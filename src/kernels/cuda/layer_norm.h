#pragma once

#include <cuda_runtime_api.h>

#include "keraunos/dtype.h"
#include "kernels/cuda/grid.h"

namespace keraunos::cuda {

/// (x − mean) / sqrt(variance + epsilon) · gamma + beta along the rows of a (rows, length) array; gamma and beta (length) may be
/// null. In place is allowed.
void launch_layer_norm(DType type, const void* in, const void* gamma, const void* beta, void* out, int64_t rows, int64_t length,
                       double epsilon, const LaunchContext& context, cudaStream_t stream);

}  // namespace keraunos::cuda
