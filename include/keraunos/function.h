// The scalar functions that pointwise programs are made of.
#pragma once

#include <cstdint>
#include <string_view>

#include "keraunos/export.h"

namespace keraunos {

/// One scalar function. Arithmetic takes and gives one type; comparisons and logic give booleans. Functions with a parameter
/// (leaky_relu's slope, elu's alpha) take it as the step's immediate.
// clang-format off
enum class Function : uint8_t {
  // no operand: the immediate
  constant,
  // one operand
  copy, cast, negate, abs, sign, floor, ceil, round_even, trunc, square, sqrt, rsqrt, reciprocal, exp, expm1, log, log1p, log2, log10,
  sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, asinh, acosh, atanh, erf, erfc,
  relu, leaky_relu, elu, selu, celu, gelu, gelu_tanh, sigmoid, hard_sigmoid, log_sigmoid, softplus, softsign, silu, mish,
  logical_not, is_nan, is_infinite, is_finite,
  // two operands
  add, subtract, multiply, divide, floor_divide, floor_mod, trunc_mod, power, maximum, minimum, atan2,
  equal, not_equal, less, less_equal, greater, greater_equal, logical_and, logical_or, logical_xor,
  // three operands: select(condition, then, otherwise)
  select,
  // Later additions stand at the end, because compiled code holds the numbers of the others (layer.h). One operand
  erfinv, log_gamma, digamma, bessel_i0, bessel_i0e, bessel_i1, bessel_i1e, sign_bit,
  // two operands
  next_after, bitwise_and, bitwise_or, bitwise_xor, shift_left, shift_right, gcd, lcm,
  kCount
};
// clang-format on

/// "leaky_relu".
KERAUNOS_API std::string_view name_of(Function function) noexcept;
/// 0 to 3.
KERAUNOS_API int operands_of(Function function) noexcept;
/// Comparisons, logic and is_*: their result is boolean whatever the operands are.
KERAUNOS_API bool gives_boolean(Function function) noexcept;
/// Functions whose operands are booleans.
KERAUNOS_API bool takes_boolean(Function function) noexcept;
/// Functions whose operands are integers. gcd and lcm read them as unsigned; shifts move by 0 to 63 places, and shift_right keeps
/// the sign.
KERAUNOS_API bool takes_integers(Function function) noexcept;

}  // namespace keraunos
