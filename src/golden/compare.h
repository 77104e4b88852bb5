// How far a result is from what Keras recorded.
#pragma once

#include <string>

#include "keraunos/tensor.h"

namespace keraunos::golden {

struct Difference {
  double worst = 0;     ///< max of |found − expected| / (atol + rtol·|expected|); infinite for a wrong shape, NaN or text
  std::string message;  ///< where and how much, when worst > 1
};

Difference compare(const Tensor& found, const Tensor& expected, double rtol, double atol);

}  // namespace keraunos::golden
