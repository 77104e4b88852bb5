#include "kernels/math/flatten.h"

#include "keraunos/error.h"

namespace keraunos::math {
namespace {

// Strides of one dense operand along the result's axes, 0 where it is broadcast.
void operand_strides(const Shape& result, const Shape& operand, int64_t* stride) {
  const auto missing = result.size() - operand.size();
  int64_t step = 1;
  for (size_t axis = result.size(); axis-- > 0;) {
    const bool absent = axis < missing || operand[axis - missing].size == 1;
    stride[axis] = absent ? 0 : step;
    if (!absent) step *= operand[axis - missing].size;
  }
}

bool merges_with_next(const Strides& s, int axis) {
  for (int i = 0; i < s.operands; ++i) {
    if (s.stride[i][axis] != s.stride[i][axis + 1] * s.extent[axis + 1]) return false;
  }
  return true;
}

// Removes an axis and multiplies the next axis's extent by its extent.
void merge_into_next(Strides& s, int axis) {
  s.extent[axis + 1] *= s.extent[axis];
  for (int k = axis; k + 1 < s.axes; ++k) {
    s.extent[k] = s.extent[k + 1];
    for (int i = 0; i < s.operands; ++i) s.stride[i][k] = s.stride[i][k + 1];
  }
  --s.axes;
}

}  // namespace

Code flatten(const host::Program& program) {
  Code code;
  code.inputs = static_cast<int32_t>(program.inputs.size());
  code.steps = static_cast<int32_t>(program.steps.size());
  if (program.registers() > Code::kRegisters) throw Error("a pointwise program has too many registers");
  for (int i = 0; i < program.registers(); ++i) code.types[i] = program.type_of(i);
  for (int i = 0; i < code.steps; ++i) {
    const host::Instruction& from = program.steps[static_cast<size_t>(i)];
    code.step[i] = {.function = from.function, .a = from.a, .b = from.b, .c = from.c, .immediate = from.immediate};
  }
  return code;
}

Strides collapse(const Shape& result, std::span<const Shape> operands) {
  if (result.size() > kMaxAxes || operands.size() > kMaxOperands)
    throw Error("a pointwise operation has too many axes or operands");
  Strides s;
  s.operands = static_cast<int32_t>(operands.size());
  int64_t full[kMaxOperands][kMaxAxes] = {};
  for (size_t i = 0; i < operands.size(); ++i) operand_strides(result, operands[i], full[i]);
  for (size_t axis = 0; axis < result.size(); ++axis) {
    if (result[axis].size == 1) continue;  // an axis of one element has no stride
    s.extent[s.axes] = result[axis].size;
    for (size_t i = 0; i < operands.size(); ++i) s.stride[i][s.axes] = full[i][axis];
    ++s.axes;
  }
  if (s.axes == 0) {
    s.extent[s.axes++] = 1;
  }
  for (int axis = s.axes - 2; axis >= 0; --axis) {
    if (merges_with_next(s, axis)) merge_into_next(s, axis);
  }
  return s;
}

}  // namespace keraunos::math
