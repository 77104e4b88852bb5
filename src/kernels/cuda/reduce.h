// Reductions over any axes.
#pragma once

#include <cuda_runtime_api.h>

#include "keraunos/dtype.h"
#include "kernels/cuda/grid.h"
#include "kernels/cuda/walk.h"

namespace keraunos::cuda {

/// The function that folds two values into one; the mean is a sum divided by the number of terms.
enum class Fold : uint8_t { sum, mean, product, maximum, minimum, any, all };

/// The kept and the reduced axes of x, each as a simplified walk over x; results are dense in the order of `kept`.
struct ReduceShape {
  Walk<1> kept, reduced;
};

/// The layout of a reduction; see reduce.cu.
struct ReduceLayout {
  int64_t results = 0, terms = 0;  ///< terms of each result
  int32_t outputs = 1, lanes = 1;  ///< results of a block; threads of a result, a power of two
  bool neighbours = true;          ///< adjacent threads are lanes of one result
  int64_t groups = 0;              ///< number of groups of `outputs` results
  int64_t chunks = 1, share = 0;   ///< the terms are split over `chunks` blocks, `share` terms for each
  int64_t workspace_bytes = 0;
  bool split() const noexcept { return chunks > 1; }
};
ReduceLayout plan_reduce(DType type, const ReduceShape& shape, const LaunchContext& context) noexcept;
/// The layout of a single launch, whatever the number of terms.
ReduceLayout plan_unsplit_reduce(const ReduceShape& shape, const LaunchContext& context) noexcept;

/// One launch, or two with the workspace between them when the terms are split.
void launch_reduce(DType type, Fold fold, const ReduceShape& shape, const ReduceLayout& layout, const void* in, void* workspace,
                   void* out, const LaunchContext& context, cudaStream_t stream);

}  // namespace keraunos::cuda
