// Vectors of an instruction set, for memory of any alignment.
#pragma once

#include "kernels/cpu/isa/kernels.h"

namespace keraunos::cpu::isa {

template <class Isa, class T>
struct VectorOf {
  static constexpr int kWidth = Isa::kBytes / static_cast<int>(sizeof(T));
  typedef T type __attribute__((vector_size(Isa::kBytes)));
  typedef T unaligned __attribute__((vector_size(Isa::kBytes), aligned(alignof(T)), may_alias));
};

template <class Isa, class T>
inline __attribute__((always_inline)) typename VectorOf<Isa, T>::type load_vector(const T* from) {
  return *reinterpret_cast<const typename VectorOf<Isa, T>::unaligned*>(from);
}
template <class Isa, class T>
inline __attribute__((always_inline)) void store_vector(T* to, typename VectorOf<Isa, T>::type value) {
  *reinterpret_cast<typename VectorOf<Isa, T>::unaligned*>(to) = value;
}

template <class Isa, class T>
inline __attribute__((always_inline)) typename VectorOf<Isa, T>::type clamped(typename VectorOf<Isa, T>::type x,
                                                                              const Clamp<T>& clamp) {
  using V = typename VectorOf<Isa, T>::type;
  const V low = V{} + clamp.low, high = V{} + clamp.high;
  x = x < low ? low : x;
  return x > high ? high : x;
}

}  // namespace keraunos::cpu::isa
