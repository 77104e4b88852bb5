// Compares a result with Keras's recorded one.
#pragma once

#include <string>

#include "keraunos/tensor.h"

namespace keraunos::golden {

struct Difference {
  double worst = 0;     ///< max of |found − expected| / (atol + rtol·|expected|); infinite for a wrong shape, NaN or text
  std::string message;  ///< where and how much, when worst > 1
};

/// Added to atol for results of TF32, in units of the largest |expected|: TF32 operands have ten bits of mantissa. In the 29
/// recorded cases that exceeded float32's tolerances on an H200, the largest error was 7.3e-4 of that unit (a ResNet50), less
/// than half of this.
inline constexpr double kTf32Tolerance = 0x1p-9;

/// A message where a result does not have the recorded dtype. Cases store bfloat16 as float32.
std::string type_difference(const Tensor& found, const Tensor& expected);

/// Compares the numbers, whatever their dtypes.
Difference compare(const Tensor& found, const Tensor& expected, double rtol, double atol, double of_largest = 0);

}  // namespace keraunos::golden
