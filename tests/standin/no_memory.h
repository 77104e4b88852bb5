// Memory inside cuBLASLt and cuDNN that runs out when a test says so, and what they hold for their callers.
#pragma once

#include <cstdint>

namespace standin {

/// The next `calls` calls that may allocate inside cuBLASLt and cuDNN find memory; the one behind them finds none, once.
void run_out_of_memory_after(int64_t calls);
/// Whether that call has come.
bool ran_out_of_memory();

/// For the libraries: whether this call is the one.
bool lacks_memory();

/// Handles and descriptors that callers have made and not destroyed.
int64_t library_objects();
void count_library_object(int change);

}  // namespace standin
