// Pointwise programs on the GPU.
#pragma once

#include <cuda_runtime_api.h>

#include "kernels/cuda/chain.h"
#include "kernels/cuda/grid.h"
#include "kernels/math/code.h"

namespace keraunos::cuda {

/// A program for given shapes, ready to launch.
struct PointwisePlan {
  math::Code code{};
  math::Strides strides{};
  int64_t elements = 0;
  DType result = DType::float32;
  bool is_chain = false;        ///< all of one floating type, and a chain of supported functions
  bool is_mixed_chain = false;  ///< of integers, booleans or several types, and a chain of MixedChainFunctions
  Chain chain{};
};

/// out = program(operands), operands[i] of type code.types[i]. `out` may be an operand that is not broadcast.
void launch_pointwise(const PointwisePlan& plan, const ChainOperands& operands, void* out, const LaunchContext& context,
                      cudaStream_t stream);

}  // namespace keraunos::cuda
