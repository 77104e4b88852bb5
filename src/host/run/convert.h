// Converts the caller's elements to the dtype of a model's input.
#pragma once

#include <cstdint>

#include "keraunos/dtype.h"

namespace keraunos::host {

/// As NumPy's astype: numbers are truncated or rounded, everything but 0 is true. Neither pointer needs to be aligned; strings
/// are not supported.
void convert(const void* from, DType from_type, void* to, DType to_type, int64_t elements);

}  // namespace keraunos::host
