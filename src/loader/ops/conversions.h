// Changes of dtype and shape that many operations begin with.
#pragma once

#include <limits>

#include "loader/ops/operation.h"

namespace keraunos::loader {

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// x; integers and booleans as float32.
Value as_float(OperationCall& call, Value x);
/// x; 16-bit floating numbers as float32: what takes several steps rounds once.
Value widened(OperationCall& call, Value x);
/// All elements, those of all rows, in one row.
Value flattened(OperationCall& call, Value x);
/// A number of x's dtype.
Value number_like(OperationCall& call, double value, Value x);

}  // namespace keraunos::loader
