// Aligned memory for arenas, packed weights and workspaces.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace keraunos::cpu {

/// Steps may read whole vectors and cache lines at the beginning of every buffer.
constexpr int64_t kAlignment = 64;

constexpr int64_t aligned(int64_t bytes) noexcept { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

/// `alignment` must be a power of two. DeviceError when there is no memory.
std::shared_ptr<void> allocate_aligned(int64_t bytes, int64_t alignment = kAlignment);

/// Returns `base` and advances it by the aligned size: divides a workspace into parts.
inline std::byte* carve(std::byte*& base, int64_t bytes) noexcept {
  std::byte* part = base;
  base += aligned(bytes);
  return part;
}

}  // namespace keraunos::cpu
