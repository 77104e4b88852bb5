#pragma once

#include <cstdint>
#include <initializer_list>

namespace keraunos::cuda {

/// The alignment in bytes for which plans of cuBLASLt and cuDNN are made; a caller's memory may be aligned less.
constexpr int64_t kAlignment = 16;

inline bool is_aligned(std::initializer_list<const void*> pointers) {
  for (const void* p : pointers) {
    if (reinterpret_cast<uintptr_t>(p) % kAlignment != 0) return false;
  }
  return true;
}

}  // namespace keraunos::cuda
