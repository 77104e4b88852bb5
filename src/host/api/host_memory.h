// Aligned memory of the host: tensors, packed weights, arenas.
#pragma once

#include <cstdint>
#include <memory>

namespace keraunos::host {

/// `alignment` a power of two; at least one byte is given. Large blocks lie in large pages where the system has them: weights are
/// touched once and then read by every call, so 4 KB pages cost a fault each while loading and misses of the translation cache
/// afterwards. DeviceError when there is no memory.
std::shared_ptr<void> allocate_aligned(int64_t bytes, int64_t alignment);

}  // namespace keraunos::host
