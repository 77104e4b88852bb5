// Reads operands of chains: finds an element of the result in a broadcast operand, one element or a pack at a time.
#pragma once

#include "kernels/cuda/chain.h"

namespace keraunos::cuda {

/// Offset of element `index` of the result in operand k. Index is uint32_t where the result allows: 64-bit division is slow on a
/// GPU.
template <class Index>
KERAUNOS_HD int64_t offset_in(const math::Strides& s, int k, Index index) {
  int64_t offset = 0;
  for (int axis = s.axes - 1; axis > 0; --axis) {
    const auto extent = static_cast<Index>(s.extent[axis]);
    const Index rest = index / extent;
    offset += static_cast<int64_t>(index - rest * extent) * s.stride[k][axis];
    index = rest;
  }
  return offset + static_cast<int64_t>(index) * s.stride[k][0];
}

/// The index of an element of a result that its kernel computes as a matrix of `columns` columns.
struct MatrixIndex {
  uint32_t row, column, columns;
};
KERAUNOS_HD int64_t offset_in(const math::Strides& s, int k, MatrixIndex index) {
  if (s.axes == 2 && s.extent[1] == index.columns) return index.row * s.stride[k][0] + index.column * s.stride[k][1];
  return offset_in(s, k, index.row * index.columns + index.column);
}

/// Elements index … index + N − 1 of the result, adjacent along the last axis, in operand k.
template <class T, int N, class Index>
KERAUNOS_HD Pack<T, N> load_pack(const math::Strides& s, const ChainOperands& operands, int k, Index index) {
  const T* const from = static_cast<const T*>(operands.at[k]) + offset_in(s, k, index);
  if (N > 1 && s.stride[k][s.axes - 1] == 1) return *reinterpret_cast<const Pack<T, N>*>(from);
  Pack<T, N> pack;
  for (int i = 0; i < N; ++i) pack.at[i] = *from;  // one element, or the last axis is broadcast
  return pack;
}

/// Runs a chain on N adjacent values of the result, in registers. Values are rounded to T after each step, as in Keras.
template <class T, int N, class Index>
KERAUNOS_HD void run_chain(const Chain& chain, const math::Strides& strides, const ChainOperands& operands, Index first,
                           Computed<T> (&value)[N]) {
  using C = Computed<T>;
  for (int l = 0; l < chain.links; ++l) {
    const ChainLink& link = chain.link[l];
    Pack<T, N> other{};
    if (link.operand >= 0) other = load_pack<T, N>(strides, operands, link.operand, first);
    for (int i = 0; i < N; ++i) {
      const C second = link.operand >= 0 ? widen(other.at[i]) : static_cast<C>(link.immediate);
      value[i] = ChainFunctions::apply(link.function, link.swapped ? second : value[i], link.swapped ? value[i] : second,
                                       link.immediate);
      if constexpr (kIsHalf<T>) value[i] = widen(narrow<T>(value[i]));
    }
  }
}

/// The chain after a product, as a kernel argument: register 0 is the product, operands.at[1 …] the rest.
struct Epilogue {
  Chain chain{};
  math::Strides strides{};
  ChainOperands operands{};
};

/// True when packs of `n` elements of `element_bytes` are aligned and stay within a row in operands `first` … of a broadcast.
inline bool packs_fit(const math::Strides& s, const ChainOperands& operands, int first, int64_t n,
                      int64_t element_bytes) noexcept {
  if (s.extent[s.axes - 1] % n != 0) return false;
  for (int k = first; k < s.operands; ++k) {
    const int64_t last = s.stride[k][s.axes - 1];
    if (last == 0) continue;
    if (last != 1 || reinterpret_cast<uintptr_t>(operands.at[k]) % static_cast<uintptr_t>(n * element_bytes) != 0) return false;
    for (int axis = 0; axis + 1 < s.axes; ++axis) {
      if (s.stride[k][axis] % n != 0) return false;
    }
  }
  return true;
}

}  // namespace keraunos::cuda
