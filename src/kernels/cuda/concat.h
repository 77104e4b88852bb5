// Concatenation of several operands in one launch. Elements are opaque words.
#pragma once

#include <cuda_runtime_api.h>

#include <span>

#include "kernels/cuda/grid.h"

namespace keraunos::cuda {

/// One part of a concatenation: a (rows, width) array.
struct ConcatPart {
  const void* from;
  int64_t width;  ///< elements
};
inline constexpr int kConcatParts = 8;  // parts of one launch

/// Writes the parts side by side into a (rows, pitch) array, from column `first` on. At most kConcatParts parts.
void launch_concat(std::span<const ConcatPart> parts, int element_bytes, int64_t rows, int64_t pitch, int64_t first, void* to,
                   const LaunchContext& context, cudaStream_t stream);

}  // namespace keraunos::cuda
