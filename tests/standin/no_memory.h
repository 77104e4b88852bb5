// Simulates memory exhaustion inside cuBLASLt and cuDNN at a chosen call, and counts their live objects.
#pragma once

#include <cstdint>

namespace standin {

/// The next `calls` allocating calls of cuBLASLt and cuDNN succeed; the one after them fails, once.
void run_out_of_memory_after(int64_t calls);
/// True if that call was made.
bool ran_out_of_memory();

/// For the libraries: true if this call must fail.
bool lacks_memory();

/// Handles and descriptors that callers have created and not destroyed.
int64_t library_objects();
void count_library_object(int change);

}  // namespace standin
