// Strides of broadcast operands. The host merges axes of the result and the operands' strides: neighbouring axes merge when every
// operand walks them as one, so (64, 56, 56, 32) + (32) becomes two axes and equal shapes become one. More than kMaxAxes
// remaining axes are refused. An index of the result then gives each operand's offset with a few divisions.
#pragma once

#include "kernels/math/hd.h"

namespace keraunos::math {

constexpr int kMaxAxes = 8;
constexpr int kMaxOperands = 12;

struct Strides {
  int32_t axes = 0, operands = 0;
  int64_t extent[kMaxAxes] = {};                ///< outermost first
  int64_t stride[kMaxOperands][kMaxAxes] = {};  ///< in elements, 0 where broadcast
};

KERAUNOS_HD constexpr int64_t offset_of(const Strides& strides, int operand, int64_t index) {
  int64_t offset = 0;
  for (int axis = strides.axes - 1; axis >= 0; --axis) {
    const int64_t extent = strides.extent[axis];
    offset += (index % extent) * strides.stride[operand][axis];
    index /= extent;
  }
  return offset;
}

}  // namespace keraunos::math
