// Ids of rows of a table.
#pragma once

#include "keraunos/layer.h"

namespace keraunos::loader {

/// Ids (any shape, signed integers); those in [-rows, -1] count from the end, as in NumPy. Others are not changed, so that the
/// run reports an id outside the table as the caller gave it.
Value counted_from_end(Builder& b, Value ids, int64_t rows);

}  // namespace keraunos::loader
