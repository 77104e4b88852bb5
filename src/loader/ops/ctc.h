// Code shared by the operations of connectionist temporal classification.
#pragma once

#include "loader/ops/operation.h"

namespace keraunos::loader {

/// The indices of the steps as a row (1, steps) int32.
Value step_numbers(OperationCall& call, Dim steps);

}  // namespace keraunos::loader
