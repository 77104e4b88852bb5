// Operands as lines along one axis, for kernels that sort or accumulate them.
#pragma once

#include <stdint.h>

namespace keraunos::math {

/// Rows of `length` elements, of which `first` are results.
struct SortShape {
  int64_t rows = 1, length = 1, first = 0;
  bool descending = false;
};

enum class Accumulation : uint8_t { sum, product, log_sum_exp };

/// (before, length, after) around the axis.
struct ScanShape {
  int64_t before = 1, length = 1, after = 1;
  Accumulation how = Accumulation::sum;
  bool exclusive = false, reverse = false;
};

}  // namespace keraunos::math
