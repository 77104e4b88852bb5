#pragma once

#include <cuda_runtime_api.h>

#include "host/ops/scatter.h"
#include "keraunos/dtype.h"
#include "kernels/cuda/grid.h"

namespace keraunos::cuda {

struct ScatterPlan {
  host::Scatter op;
  host::ScatterShape shape;
  DType type = DType::float32;
  bool wide_places = false;  ///< int64 rather than int32
};

struct ScatterOperands {
  const void* base = nullptr;
  const void* index = nullptr;
  const void* rows = nullptr;
  void* out = nullptr;
  void* workspace = nullptr;
  int32_t* error_raised = nullptr;
  int64_t* error_found = nullptr;
};

int64_t scatter_workspace_bytes(const host::ScatterShape& shape) noexcept;
inline constexpr int kScatterLaunches = 3;

/// Each element of the result belongs to one thread, which combines the rows of its place in their order: the result does not
/// depend on the order in which threads run. A first pass finds the first and the last row of each place, so that a thread reads
/// few other rows: one row when all places differ, only its own rows when places are ascending.
void launch_scatter(const ScatterPlan& plan, const ScatterOperands& operands, const LaunchContext& context, cudaStream_t stream);

}  // namespace keraunos::cuda
