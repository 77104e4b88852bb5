// Functions of two operands.
#pragma once

#include "host/graph/function_table.h"
#include "kernels/math/integers.h"
#include "kernels/math/library.h"

namespace keraunos::math {

template <class T>
KERAUNOS_HD T remainder(T a, T b) {
  if constexpr (kSame<T, int64_t>)
    return remainder_integers(a, b);
  else
    return math::fmod(a, b);
}

/// Remainder with the divisor's sign, as Python's %.
template <class T>
KERAUNOS_HD T floor_remainder(T a, T b) {
  const T r = remainder(a, b);
  return r != 0 && ((r < 0) != (b < 0)) ? r + b : r;
}

template <class T>
KERAUNOS_HD T floor_quotient(T a, T b) {
  if constexpr (kSame<T, int64_t>)
    return divide_integers(a, b) - (remainder_integers(a, b) != 0 && ((a < 0) != (b < 0)) ? 1 : 0);
  else
    return math::floor(a / b);
}

constexpr bool of_integers(Function f) { return host::row_of(f).takes_integers; }

template <Function F>
KERAUNOS_HD int64_t binary_integer(int64_t a, int64_t b) {
  using enum Function;
  if constexpr (F == bitwise_and)
    return a & b;
  else if constexpr (F == bitwise_or)
    return a | b;
  else if constexpr (F == bitwise_xor)
    return a ^ b;
  else if constexpr (F == shift_left)
    return shift_left_integers(a, b);
  else if constexpr (F == shift_right)
    return shift_right_integers(a, b);
  else if constexpr (F == gcd)
    return gcd_integers(a, b);
  else {
    static_assert(F == lcm);
    return lcm_integers(a, b);
  }
}

template <Function F, class T>
KERAUNOS_HD T binary(T a, T b) {
  using enum Function;
  constexpr bool integer = kSame<T, int64_t>;
  if constexpr (of_integers(F)) {
    if constexpr (integer)
      return binary_integer<F>(a, b);
    else
      return a;  // not reached: no program holds this combination (program_rules.cpp)
  } else if constexpr (F == next_after) {
    if constexpr (integer)
      return to_integer(math::next_after(static_cast<double>(a), static_cast<double>(b)));
    else
      return math::next_after(a, b);
  } else if constexpr (F == add && integer)
    return wrapped_add(a, b);
  else if constexpr (F == subtract && integer)
    return wrapped_add(a, wrapped_negate(b));
  else if constexpr (F == multiply && integer)
    return wrapped_multiply(a, b);
  else if constexpr (F == divide && integer)
    return divide_integers(a, b);
  else if constexpr (F == power && integer)
    return power_integers(a, b);
  else if constexpr (F == atan2 && integer)
    return to_integer(::atan2(static_cast<double>(a), static_cast<double>(b)));
  else if constexpr (F == add)
    return a + b;
  else if constexpr (F == subtract)
    return a - b;
  else if constexpr (F == multiply)
    return a * b;
  else if constexpr (F == divide)
    return a / b;
  else if constexpr (F == floor_divide)
    return floor_quotient(a, b);
  else if constexpr (F == floor_mod)
    return floor_remainder(a, b);
  else if constexpr (F == trunc_mod)
    return remainder(a, b);
  else if constexpr (F == maximum)
    return ((a > b) | (a != a)) ? a : b;  // NaN wins, as in NumPy's maximum
  else if constexpr (F == minimum)
    return ((a < b) | (a != a)) ? a : b;
  else if constexpr (F == power)
    return math::pow(a, b);
  else {
    static_assert(F == atan2);
    return math::atan2(a, b);
  }
}

}  // namespace keraunos::math
