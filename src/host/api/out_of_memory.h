// Where the library is called, a container that found no memory becomes an error in words, as a tensor that found none is
// already.
#pragma once

#include <new>
#include <string>

#include "keraunos/error.h"

namespace keraunos::host {

/// What `work` gives; DeviceError instead of std::bad_alloc. `doing`: "load this model".
template <class Work>
decltype(auto) with_memory_to(const char* doing, const Work& work) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    throw DeviceError(std::string("the CPU has not enough memory to ") + doing);
  }
}

}  // namespace keraunos::host
