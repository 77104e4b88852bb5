#include "kernels/cpu/memory.h"

#include <algorithm>
#include <new>
#include <string>

#include "keraunos/error.h"

namespace keraunos::cpu {

std::shared_ptr<void> allocate_aligned(int64_t bytes, int64_t alignment) {
  constexpr int64_t kMost = int64_t{1} << 40;  // beyond any machine: a size that came from a damaged shape
  const auto size = static_cast<size_t>(std::max<int64_t>(bytes, 1));
  const std::align_val_t align{static_cast<size_t>(alignment)};
  void* memory = bytes < 0 || bytes > kMost ? nullptr : ::operator new(size, align, std::nothrow);
  if (memory == nullptr) {
    throw DeviceError("the CPU has no memory for " + std::to_string(bytes) + " bytes; try a smaller batch");
  }
  return {memory, [align](void* p) { ::operator delete(p, align); }};
}

}  // namespace keraunos::cpu
