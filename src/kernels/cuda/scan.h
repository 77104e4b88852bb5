#pragma once

#include <cuda_runtime_api.h>

#include "keraunos/dtype.h"
#include "kernels/cuda/grid.h"
#include "kernels/math/lines.h"

namespace keraunos::cuda {

/// Cumulative sums, products or log-sum-exps along the axis of an array (before, length, after). 16-bit types are computed in
/// float and rounded once for each element.
void launch_scan(DType type, const math::ScanShape& shape, const void* in, void* out, const LaunchContext& context,
                 cudaStream_t stream);

}  // namespace keraunos::cuda
