// Reductions over any axes.
#pragma once

#include <cuda_runtime_api.h>

#include "kernels/cuda/grid.h"
#include "kernels/cuda/walk.h"
#include "keraunos/dtype.h"

namespace keraunos::cuda {

/// What folds two values into one; the mean is a sum divided by the number of its terms.
enum class Fold : uint8_t { sum, mean, product, maximum, minimum, any, all };

/// The axes of x that stay and those that go, each as a walk over x; results are dense in the order of `kept`.
struct ReduceShape {
  Walk<1> kept, reduced;
};

void launch_reduce(DType type, Fold fold, const ReduceShape& shape, const void* in, void* out, const LaunchContext& context,
                   cudaStream_t stream);

}  // namespace keraunos::cuda
