// Measures the difference of two arrays of one shape.
#pragma once

#include <string>

#include "keraunos/tensor.h"

namespace keraunos::cli {

struct Tolerance {
  double rtol = 1e-4, atol = 1e-5;  ///< |a − b| ≤ atol + rtol · |b|
};

struct ArrayDifference {
  bool differs = false;
  double max_abs = 0, max_rel = 0;  ///< largest |a − b|, and |a − b| / |b|; infinite where one is NaN, or b is 0 and a is not
  int64_t elements = 0;             ///< number of elements outside the tolerance
  int64_t worst = 0;                ///< flat index of the element that is furthest outside, or of the largest difference
  std::string where{};              ///< "(0, 3): 1.25 and 1.5"
};

/// Equal NaNs and equal infinities agree. Texts are compared exactly. Dims must be equal.
ArrayDifference difference_of(const Tensor& a, const Tensor& b, const Tolerance& tolerance);

/// "(0, 3)": the index tuple of a flat index.
std::string place_text(int64_t flat, const Dims& dims);

}  // namespace keraunos::cli
