// The caller's elements as the dtype that a model's input has.
#pragma once

#include <cstdint>

#include "keraunos/dtype.h"

namespace keraunos::host {

/// As NumPy's astype: numbers are truncated or rounded, anything but 0 is true. Neither memory needs to be aligned; no strings.
void convert(const void* from, DType from_type, void* to, DType to_type, int64_t elements);

}  // namespace keraunos::host
