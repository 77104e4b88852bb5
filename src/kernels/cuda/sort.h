#pragma once

#include <cuda_runtime_api.h>

#include "keraunos/dtype.h"
#include "kernels/cuda/grid.h"
#include "kernels/math/lines.h"

namespace keraunos::cuda {

/// How rows are sorted: tiles of `tile` entries (a power of two), each in the shared memory of a block; whole rows where they
/// fit, longer rows as runs of one tile that are merged in pairs in the workspace.
struct SortPlan {
  int64_t tile = 1;
  int merges = 0;
  int64_t workspace_bytes = 0;
  int launches() const noexcept { return merges == 0 ? 1 : merges + 2; }
};
SortPlan sort_plan(DType type, const math::SortShape& shape);

/// values and places (rows, first) of in (rows, length); either may be null.
void launch_sort(DType type, const math::SortShape& shape, const SortPlan& plan, const void* in, void* values, int32_t* places,
                 void* workspace, const LaunchContext& context, cudaStream_t stream);

}  // namespace keraunos::cuda
