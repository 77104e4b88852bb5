#include "host/api/host_memory.h"

#include <algorithm>
#include <new>
#include <string>

#include "keraunos/error.h"

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace keraunos::host {
namespace {

constexpr int64_t kLargePage = int64_t{1} << 21;  // of x86-64 and most ARM systems
constexpr int64_t kMost = int64_t{1} << 40;       // larger than any machine's memory: the size comes from a damaged shape

// Only whole pages inside the block, so that other memory is not affected. madvise is a hint: its failure is no error.
void prefer_large_pages(void* memory, int64_t bytes) {
#if defined(__linux__)
  madvise(memory, static_cast<size_t>(bytes / kLargePage * kLargePage), MADV_HUGEPAGE);
#endif
}

}  // namespace

std::shared_ptr<void> allocate_aligned(int64_t bytes, int64_t alignment) {
  const bool large = bytes >= kLargePage;
  const std::align_val_t align{static_cast<size_t>(large ? std::max(alignment, kLargePage) : alignment)};
  const auto size = static_cast<size_t>(std::max<int64_t>(bytes, 1));
  void* const memory = bytes < 0 || bytes > kMost ? nullptr : ::operator new(size, align, std::nothrow);
  if (memory == nullptr) throw DeviceError("the CPU has no memory for " + std::to_string(bytes) + " bytes; try a smaller batch");
  if (large) prefer_large_pages(memory, bytes);
  return {memory, [align](void* p) { ::operator delete(p, align); }};
}

}  // namespace keraunos::host
