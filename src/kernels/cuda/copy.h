// Moving data without looking at it: transposition, slices, concatenation, padding. Elements are opaque words; neighbouring
// elements that move together are moved as one word of up to 16 bytes.
#pragma once

#include <cuda_runtime_api.h>

#include <span>

#include "kernels/cuda/grid.h"
#include "kernels/cuda/walk.h"

namespace keraunos::cuda {

/// to[…] = from[…] over the walk (array 0 is `to`, array 1 `from`; strides in elements of `element_bytes`, of any sign).
void launch_copy(const Walk<2>& walk, int element_bytes, void* to, const void* from, const LaunchContext& context,
                 cudaStream_t stream);

/// One part of a concatenation: a (rows, width) array.
struct ConcatPart {
  const void* from;
  int64_t width;  ///< elements
};
inline constexpr int kConcatParts = 8;  // joined by one launch

/// Writes the parts side by side into a (rows, pitch) array, from column `first` on. At most kConcatParts parts.
void launch_concat(std::span<const ConcatPart> parts, int element_bytes, int64_t rows, int64_t pitch, int64_t first, void* to,
                   const LaunchContext& context, cudaStream_t stream);

/// Per axis: extents of the source and what surrounds it.
struct PadShape {
  int rank = 0;
  int64_t size[kMaxAxes] = {}, low[kMaxAxes] = {}, result[kMaxAxes] = {};
};
/// Joins axes that are not padded with the axis before them.
PadShape simplified(const PadShape& shape) noexcept;
/// `value` holds one element.
void launch_pad(const PadShape& shape, int element_bytes, const void* value, void* to, const void* from,
                const LaunchContext& context, cudaStream_t stream);

}  // namespace keraunos::cuda
