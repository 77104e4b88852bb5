// Aligned memory of the host: tensors, packed weights, arenas.
#pragma once

#include <cstdint>
#include <memory>

namespace keraunos::host {

/// `alignment` is a power of two; the block has at least one byte. Large blocks use large pages where the system has them:
/// weights are written once and read by every call, so 4 KB pages cost page faults while loading and misses of the translation
/// cache afterwards. DeviceError when there is no memory.
std::shared_ptr<void> allocate_aligned(int64_t bytes, int64_t alignment);

}  // namespace keraunos::host
