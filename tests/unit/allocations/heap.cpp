#include "unit/allocations/heap.h"

#include <atomic>
#include <cerrno>
#include <cstddef>

#include "unit/allocations/device.h"

extern "C" {
void* __libc_malloc(size_t bytes);
void* __libc_calloc(size_t count, size_t bytes);
void* __libc_realloc(void* memory, size_t bytes);
void* __libc_memalign(size_t alignment, size_t bytes);
}

namespace {

std::atomic<int64_t> count{0};

void note() {
  if (!keraunos::plays_the_driver()) count.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

namespace keraunos::heap {
int64_t allocations() { return count.load(); }
}  // namespace keraunos::heap

extern "C" {

void* malloc(size_t bytes) {
  note();
  return __libc_malloc(bytes);
}

void* calloc(size_t number, size_t bytes) {
  note();
  return __libc_calloc(number, bytes);
}

void* realloc(void* memory, size_t bytes) {
  note();
  return __libc_realloc(memory, bytes);
}

void* memalign(size_t alignment, size_t bytes) {
  note();
  return __libc_memalign(alignment, bytes);
}

void* aligned_alloc(size_t alignment, size_t bytes) {
  note();
  return __libc_memalign(alignment, bytes);
}

int posix_memalign(void** memory, size_t alignment, size_t bytes) {
  note();
  *memory = __libc_memalign(alignment, bytes);
  return *memory == nullptr ? ENOMEM : 0;
}
}
