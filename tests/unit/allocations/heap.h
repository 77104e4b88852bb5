// Counts what is asked of the heap, by malloc and all that stands on it (operator new too). Replaces malloc, so it is linked into
// a program of its own, and not under sanitizers, which replace it themselves.
#pragma once

#include <cstdint>

namespace keraunos::heap {

/// Since the process started, by any thread; what the CUDA stand-in asks for while it plays the driver is not counted.
int64_t allocations();

}  // namespace keraunos::heap
