// At the library's entry points std::bad_alloc of a container becomes a DeviceError with a message, as for tensors.
#pragma once

#include <new>
#include <string>

#include "keraunos/error.h"

namespace keraunos::host {

/// The result of `work`; DeviceError instead of std::bad_alloc. `doing`: "load this model".
template <class Work>
decltype(auto) with_memory_to(const char* doing, const Work& work) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    throw DeviceError(std::string("the CPU has not enough memory to ") + doing);
  }
}

}  // namespace keraunos::host
