// Indices of nonzero elements: their number depends on the data, so the host finds them.
#pragma once

#include "loader/ops/operation.h"

namespace keraunos::loader {

/// (elements that are not 0, x's rank) int64, in row-major order. Lowering may end here (Builder::call).
Value places_of_nonzero(OperationCall& call, Value x);

}  // namespace keraunos::loader
