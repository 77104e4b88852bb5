// Counts heap allocations by malloc and functions based on it (also operator new). It replaces malloc, so it is linked into a
// separate program, and not under sanitizers, which replace malloc themselves.
#pragma once

#include <cstdint>

namespace keraunos::heap {

/// Since the process started, by any thread; allocations of the CUDA stand-in in place of the driver are not counted.
int64_t allocations();

}  // namespace keraunos::heap
