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
/// depend on the order in which threads run. First and last row of a place are found beforehand, so that a thread looks at no
/// others: with places that are all different, at one row; with ascending ones, at its own.
void launch_scatter(const ScatterPlan& plan, const ScatterOperands& operands, const LaunchContext& context, cudaStream_t stream);

}  // namespace keraunos::cuda
