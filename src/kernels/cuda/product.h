// Matrix products by our own kernel: types and shapes that cuBLASLt refuses, and products so small that the kernel does not
// matter.
#pragma once

#include <cuda_runtime_api.h>

#include "kernels/cuda/broadcast.h"
#include "kernels/cuda/grid.h"

namespace keraunos::cuda {

/// For each of `batch` matrices: D (rows, columns) = A (rows, inner) · B (inner, columns), any strides in A and B, D dense.
struct ProductShape {
  int64_t batch = 1, rows = 0, columns = 0, inner = 0;
  int64_t a_row = 0, a_inner = 0, a_batch = 0, b_inner = 0, b_column = 0, b_batch = 0;
};

/// int8 gives int32; float types apply the epilogue, other types have none.
void launch_product(DType type, const ProductShape& shape, const void* a, const void* b, const Epilogue& epilogue, void* d,
                    const LaunchContext& context, cudaStream_t stream);

}  // namespace keraunos::cuda
