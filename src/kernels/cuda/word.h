// The number of adjacent elements that can be moved as one word.
#pragma once

#include <cstdint>
#include <initializer_list>

namespace keraunos::cuda {

/// The largest power-of-two number of elements, of `element_bytes` each, that makes a word of at most 16 bytes, divides all of
/// `counts` (extents, offsets and strides in elements) and agrees with the alignment of all of `pointers`.
inline int elements_per_word(int element_bytes, std::initializer_list<int64_t> counts,
                             std::initializer_list<const void*> pointers) noexcept {
  int elements = 16 / element_bytes;
  const auto fits = [&] {
    for (int64_t count : counts) {
      if (count % elements != 0) return false;
    }
    for (const void* p : pointers) {
      if (reinterpret_cast<uintptr_t>(p) % static_cast<uintptr_t>(elements * element_bytes) != 0) return false;
    }
    return true;
  };
  while (elements > 1 && !fits()) elements /= 2;
  return elements;
}

}  // namespace keraunos::cuda
