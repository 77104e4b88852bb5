// Arithmetic of the integer lane: everything wraps, nothing traps.
#pragma once

#include "kernels/math/hd.h"

namespace keraunos::math {

template <class A, class B>
constexpr bool kSame = false;
template <class A>
constexpr bool kSame<A, A> = true;

/// Converts a floating number to an integer as a cast does: towards zero, saturating, NaN to 0.
template <class T>
KERAUNOS_HD int64_t to_integer(T x) {
  constexpr T kLimit = static_cast<T>(9223372036854775808.0);
  if (x != x) return 0;
  if (x >= kLimit) return INT64_MAX;
  if (x < -kLimit) return INT64_MIN;
  return static_cast<int64_t>(x);
}

KERAUNOS_HD int64_t wrapped_add(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}
KERAUNOS_HD int64_t wrapped_negate(int64_t a) { return static_cast<int64_t>(0u - static_cast<uint64_t>(a)); }
KERAUNOS_HD int64_t wrapped_multiply(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
}

/// Integer division; by zero it gives 0, and INT64_MIN / −1 wraps.
KERAUNOS_HD int64_t divide_integers(int64_t a, int64_t b) { return b == 0 ? 0 : b == -1 ? wrapped_negate(a) : a / b; }
KERAUNOS_HD int64_t remainder_integers(int64_t a, int64_t b) { return b == 0 || b == -1 ? 0 : a % b; }

KERAUNOS_HD int64_t power_integers(int64_t base, int64_t exponent) {
  if (exponent < 0) return base == 1 ? 1 : base == -1 ? (exponent % 2 != 0 ? -1 : 1) : 0;
  int64_t result = 1;
  for (; exponent > 0; exponent >>= 1) {
    if (exponent & 1) result = wrapped_multiply(result, base);
    base = wrapped_multiply(base, base);
  }
  return result;
}

KERAUNOS_HD int64_t places(int64_t shift) { return shift < 0 ? 0 : shift > 63 ? 63 : shift; }
KERAUNOS_HD int64_t shift_left_integers(int64_t a, int64_t by) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) << places(by));
}
KERAUNOS_HD int64_t shift_right_integers(int64_t a, int64_t by) { return a >> places(by); }

KERAUNOS_HD int64_t gcd_integers(int64_t a, int64_t b) {
  auto x = static_cast<uint64_t>(a), y = static_cast<uint64_t>(b);
  while (y != 0) {
    const uint64_t rest = x % y;
    x = y;
    y = rest;
  }
  return static_cast<int64_t>(x);
}

KERAUNOS_HD int64_t lcm_integers(int64_t a, int64_t b) {
  const auto divisor = static_cast<uint64_t>(gcd_integers(a, b));
  return divisor == 0 ? 0 : static_cast<int64_t>(static_cast<uint64_t>(a) * (static_cast<uint64_t>(b) / divisor));
}

}  // namespace keraunos::math
