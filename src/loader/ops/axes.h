// Moves axes of a tensor, for operations that work on the last ones.
#pragma once

#include <span>

#include "loader/ops/operation.h"

namespace keraunos::loader {

/// NumPy's moveaxis: axis from[i] of x becomes axis to[i], the others keep their order. Axes count from the front.
Value moved(OperationCall& call, Value x, std::span<const int> from, std::span<const int> to);

/// Moves the two axes in the parameters to the end.
Value with_plane_last(OperationCall& call, Value x, size_t first, size_t second);

/// The k-th diagonal of the last two axes.
Value diagonal_of(OperationCall& call, Value x, int64_t k = 0);
/// The one diagonal that a parameter names, 0 where it is absent; TensorFlow also takes the first and the last of several.
int64_t diagonal_named(OperationCall& call, size_t parameter);

}  // namespace keraunos::loader
