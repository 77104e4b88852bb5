// One step of a cumulative sum, product or logarithm of a sum of exponentials: the same on the CPU and on a GPU.
#pragma once

#include "kernels/math/integers.h"
#include "kernels/math/library.h"
#include "kernels/math/lines.h"

namespace keraunos::math {

/// log(exp(a) + exp(b)), with TensorFlow's treatment of NaN: b is taken as a.
template <class T>
KERAUNOS_HD T log_of_sum(T a, T b) {
  const T less = b < a ? b : a, more = a < b ? b : a;
  if (less == -static_cast<T>(kInfinity)) return more;
  return math::log1p(math::exp(less - more)) + more;
}

/// T: float, double or an integer type, which wraps.
template <class T>
KERAUNOS_HD T accumulated(Accumulation how, T a, T b) {
  if constexpr (kSame<T, float> || kSame<T, double>) {
    return how == Accumulation::sum ? a + b : how == Accumulation::product ? a * b : log_of_sum(a, b);
  } else {
    const auto left = static_cast<uint64_t>(a), right = static_cast<uint64_t>(b);
    return static_cast<T>(how == Accumulation::sum ? left + right : left * right);
  }
}

/// The initial value of an accumulation.
template <class T>
KERAUNOS_HD T nothing_yet(Accumulation how) {
  if constexpr (kSame<T, float> || kSame<T, double>) {
    if (how == Accumulation::log_sum_exp) return -static_cast<T>(kInfinity);
  }
  return static_cast<T>(how == Accumulation::product ? 1 : 0);
}

}  // namespace keraunos::math
