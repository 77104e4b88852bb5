// Discrete Fourier transforms along the last axis, as products with constant matrices, so that every device computes them with
// existing kernels. A complex tensor is a pair of real ones.
#pragma once

#include "host/graph/graph.h"
#include "keraunos/layer.h"

namespace keraunos::loader {

using host::Complex;

/// The part of a transform that is needed: its first results (frequencies), and whether only their real parts.
struct Wanted {
  int64_t results = 0;
  bool real_only = false;
};

enum class Direction : uint8_t { forward, backward };

/// Sums of x[j] · exp(∓2πi·j·k / n) for k = 0, 1, …; `backward` (with the plus sign) is not divided by n. float32 or float64.
Complex transformed(Lowering& l, Complex x, Wanted wanted, Direction direction);

/// The inverse of a transform of n real numbers, given its first n/2 + 1 results.
Value inverse_of_real(Lowering& l, Complex half, int64_t n);

/// Refuses what TensorFlow cannot transform either: types other than float32 and float64, and empty tensors.
void require_transformable(Lowering& l, Value x);

/// x with its last axis cut, or padded with zeros.
Value with_extent(Lowering& l, Value x, int64_t extent);

/// A constant of numbers that were computed in float64, rounded once.
Value rounded_constant(Lowering& l, const std::vector<double>& numbers, const Dims& dims, DType type);

/// x with its last two axes swapped.
Value with_swapped_ends(Lowering& l, Value x);

/// x with its last `drop` axes replaced by others.
Value with_last_axes(Lowering& l, Value x, int drop, std::initializer_list<int64_t> last);

}  // namespace keraunos::loader
