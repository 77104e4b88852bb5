// Elements as GPU kernels move them; the types of computation are in kernels/math/elements.h.
#pragma once

#include "kernels/math/elements.h"

namespace keraunos::cuda {

using math::Computed, math::Type, math::for_floating, math::for_numeric, math::kIsHalf, math::narrow, math::no_such_type,
    math::widen;

/// Several adjacent elements that one instruction moves.
template <class T, int N>
struct alignas(sizeof(T) * N) Pack {
  T at[N];
};

/// Opaque words of 1, 2, 4, 8 or 16 bytes, for kernels that only move data.
struct alignas(16) Word16 {
  uint64_t low, high;
};
template <class Work>
void for_word(int bytes, Work&& work) {
  switch (bytes) {
    case 1: return work(Type<uint8_t>{});
    case 2: return work(Type<uint16_t>{});
    case 4: return work(Type<uint32_t>{});
    case 8: return work(Type<uint64_t>{});
    default: return work(Type<Word16>{});
  }
}

}  // namespace keraunos::cuda
