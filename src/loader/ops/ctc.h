// What the operations of connectionist temporal classification share.
#pragma once

#include "loader/ops/operation.h"

namespace keraunos::loader {

/// The numbers of the steps, from 0, as a row (1, steps) int32.
Value step_numbers(OperationCall& call, Dim steps);

}  // namespace keraunos::loader
