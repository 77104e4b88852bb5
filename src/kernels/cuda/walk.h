// Walks several strided arrays of one shape together, element by element in row-major order. The host simplifies the shape first,
// so that a kernel divides as little as possible: a dense (2, 3, 4) array becomes one axis of 24.
#pragma once

#include <cstdint>

#include "kernels/math/hd.h"

namespace keraunos::cuda {

inline constexpr int kMaxAxes = 8;

template <int kArrays>
struct Walk {
  int rank = 0;
  int64_t size[kMaxAxes] = {};
  int64_t stride[kArrays][kMaxAxes] = {};

  KERAUNOS_HD int64_t elements() const {
    int64_t n = 1;
    for (int i = 0; i < rank; ++i) n *= size[i];
    return n;
  }
  void add_axis(int64_t extent, const int64_t (&strides)[kArrays]) noexcept {
    size[rank] = extent;
    for (int k = 0; k < kArrays; ++k) stride[k][rank] = strides[k];
    ++rank;
  }
};

/// Drops axes of one element and merges neighbouring axes that every array walks as one.
template <int kArrays>
Walk<kArrays> simplified(const Walk<kArrays>& walk) noexcept {
  Walk<kArrays> result;
  for (int axis = 0; axis < walk.rank; ++axis) {
    if (walk.size[axis] == 1) continue;
    bool joins = result.rank > 0;
    for (int k = 0; joins && k < kArrays; ++k)
      joins = result.stride[k][result.rank - 1] == walk.stride[k][axis] * walk.size[axis];
    int64_t strides[kArrays];
    for (int k = 0; k < kArrays; ++k) strides[k] = walk.stride[k][axis];
    if (!joins) {
      result.add_axis(walk.size[axis], strides);
      continue;
    }
    result.size[result.rank - 1] *= walk.size[axis];
    for (int k = 0; k < kArrays; ++k) result.stride[k][result.rank - 1] = strides[k];
  }
  return result;
}

/// Offsets of element `index` in each array. Index is uint32_t where the number of elements allows, as 64-bit division is slow on
/// a GPU.
template <class Index, int kArrays>
KERAUNOS_HD void locate(const Walk<kArrays>& walk, Index index, int64_t (&offset)[kArrays]) {
  for (int k = 0; k < kArrays; ++k) offset[k] = 0;
  for (int axis = walk.rank - 1; axis >= 0; --axis) {
    const auto extent = static_cast<Index>(walk.size[axis]);
    const Index rest = axis == 0 ? Index{0} : index / extent;
    const auto position = static_cast<int64_t>(index - rest * extent);
    for (int k = 0; k < kArrays; ++k) offset[k] += position * walk.stride[k][axis];
    index = rest;
  }
}

/// Offsets of elements first, first + step, … by one loop over the axes. Elements after the end get arbitrary offsets.
template <class Index, int N>
KERAUNOS_HD void locate_several(const Walk<1>& walk, Index first, Index step, int64_t base, int64_t (&offset)[N]) {
  Index index[N];
  for (int i = 0; i < N; ++i) index[i] = first + static_cast<Index>(i) * step, offset[i] = base;
  for (int axis = walk.rank - 1; axis > 0; --axis) {
    const auto extent = static_cast<Index>(walk.size[axis]);
    for (int i = 0; i < N; ++i) {
      const Index rest = index[i] / extent;
      offset[i] += static_cast<int64_t>(index[i] - rest * extent) * walk.stride[0][axis];
      index[i] = rest;
    }
  }
  for (int i = 0; i < N; ++i) offset[i] += static_cast<int64_t>(index[i]) * walk.stride[0][0];
}

/// Largest number of elements for which a uint32_t index plus a grid-wide stride does not overflow.
inline constexpr int64_t kSmallIndex = int64_t{1} << 31;

}  // namespace keraunos::cuda
