#include "kernels/cpu/memory.h"

#include "host/api/host_memory.h"

namespace keraunos::cpu {

std::shared_ptr<void> allocate_aligned(int64_t bytes, int64_t alignment) { return host::allocate_aligned(bytes, alignment); }

}  // namespace keraunos::cpu
