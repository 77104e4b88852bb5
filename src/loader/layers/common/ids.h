// Ids of rows of a table.
#pragma once

#include "keraunos/layer.h"

namespace keraunos::loader {

/// Ids (any shape, signed integers) of which those in [-rows, -1] count from the end, as in NumPy. Others stay as they are, so
/// that the run reports one outside the table as the caller gave it.
Value counted_from_end(Builder& b, Value ids, int64_t rows);

}  // namespace keraunos::loader
