// Conversions of dtype and shape with which many operations begin.
#pragma once

#include <limits>

#include "loader/ops/operation.h"

namespace keraunos::loader {

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// x; integers and booleans as float32.
Value as_float(OperationCall& call, Value x);
/// x; 16-bit floating numbers as float32, so that several steps round once.
Value widened(OperationCall& call, Value x);
/// All elements of all rows, in one row.
Value flattened(OperationCall& call, Value x);
/// A number of x's dtype.
Value number_like(OperationCall& call, double value, Value x);

/// The largest finite number of a floating type.
double largest_number(DType type);
/// Replacements for NaN and the infinities of a floating type; integers are not changed.
struct Numbers {
  double nan, high, low;
};
Value with_numbers(OperationCall& call, Value x, const Numbers& instead);

}  // namespace keraunos::loader
