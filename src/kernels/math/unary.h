// Functions of one operand, each written once for all its types (library.h: functions of one name for float and double).
#pragma once

#include "keraunos/function.h"
#include "kernels/math/integers.h"
#include "kernels/math/library.h"
#include "kernels/math/special.h"

namespace keraunos::math {

/// Functions of one operand that need real numbers: float or double.
template <Function F, class T>
KERAUNOS_HD T unary_real(T x, T p) {
  using enum Function;
  if constexpr (F == floor)
    return math::floor(x);
  else if constexpr (F == ceil)
    return math::ceil(x);
  else if constexpr (F == round_even)
    return math::rint(x);
  else if constexpr (F == trunc)
    return math::trunc(x);
  else if constexpr (F == sqrt)
    return math::sqrt(x);
  else if constexpr (F == exp)
    return math::exp(x);
  else if constexpr (F == expm1)
    return math::expm1(x);
  else if constexpr (F == log)
    return math::log(x);
  else if constexpr (F == log1p)
    return math::log1p(x);
  else if constexpr (F == log2)
    return math::log2(x);
  else if constexpr (F == log10)
    return math::log10(x);
  else if constexpr (F == sin)
    return math::sin(x);
  else if constexpr (F == cos)
    return math::cos(x);
  else if constexpr (F == tan)
    return math::tan(x);
  else if constexpr (F == asin)
    return math::asin(x);
  else if constexpr (F == acos)
    return math::acos(x);
  else if constexpr (F == atan)
    return math::atan(x);
  else if constexpr (F == sinh)
    return math::sinh(x);
  else if constexpr (F == cosh)
    return math::cosh(x);
  else if constexpr (F == tanh)
    return math::tanh(x);
  else if constexpr (F == asinh)
    return math::asinh(x);
  else if constexpr (F == acosh)
    return math::acosh(x);
  else if constexpr (F == atanh)
    return math::atanh(x);
  else if constexpr (F == erf)
    return math::erf(x);
  else if constexpr (F == erfc)
    return math::erfc(x);
  else if constexpr (F == erfinv)
    return static_cast<T>(inverse_erf(static_cast<double>(x)));
  else if constexpr (F == log_gamma)
    return static_cast<T>(math::log_gamma(static_cast<double>(x)));
  else if constexpr (F == digamma)
    return static_cast<T>(math::digamma(static_cast<double>(x)));
  else if constexpr (F == bessel_i0 || F == bessel_i1)
    return static_cast<T>(bessel<F == bessel_i1>(static_cast<double>(x), false));
  else if constexpr (F == bessel_i0e || F == bessel_i1e)
    return static_cast<T>(bessel<F == bessel_i1e>(static_cast<double>(x), true));
  else if constexpr (F == rsqrt)
    return 1 / math::sqrt(x);
  else if constexpr (F == gelu)  // erfc keeps its relative accuracy for negative x, where 1 + erf cancels
    return T(0.5) * x * math::erfc(x * T(-0.7071067811865476));
  else if constexpr (F == gelu_tanh)  // (1 + tanh(u)) / 2 = sigmoid(2u) does not cancel for negative x
    return x * math::sigmoid(T(1.5957691216057308) * (x + T(0.044715) * x * x * x));
  else if constexpr (F == sigmoid)
    return math::sigmoid(x);
  else if constexpr (F == log_sigmoid)
    return -math::softplus(-x);
  else if constexpr (F == softplus)
    return math::softplus(x);
  else if constexpr (F == silu)
    return x * math::sigmoid(x);
  else if constexpr (F == mish)
    return math::mish(x);
  else {
    // expm1 for every x, because a loop without branches vectorises.
    const T below = math::expm1(F == celu ? x / p : x);
    if constexpr (F == selu)
      return x > 0 ? T(1.0507009873554805) * x : T(1.7580993408473766) * below;
    else {
      static_assert(F == elu || F == celu);
      return x > 0 ? x : p * below;
    }
  }
}

/// Functions of one operand that are simple arithmetic for every type.
template <Function F, class T>
KERAUNOS_HD T unary(T x, double immediate) {
  using enum Function;
  constexpr T zero = 0, one = 1;
  const T p = static_cast<T>(immediate);
  if constexpr (kSame<T, int64_t> && (F == negate || F == abs))
    return F == abs && x >= 0 ? x : wrapped_negate(x);
  else if constexpr (kSame<T, int64_t> && F == square)
    return wrapped_multiply(x, x);
  else if constexpr (kSame<T, int64_t> && F == reciprocal)
    return divide_integers(1, x);
  else if constexpr (kSame<T, int64_t> && (F == floor || F == ceil || F == round_even || F == trunc))
    return x;
  else if constexpr (F == copy || F == cast)
    return x;
  else if constexpr (F == negate)
    return -x;
  else if constexpr (F == abs)
    return math::fabs(x);
  else if constexpr (F == sign)
    return x > zero ? one : (x < zero ? -one : x);  // only 0 or NaN remain
  else if constexpr (F == square)
    return x * x;
  else if constexpr (F == reciprocal)
    return one / x;
  else if constexpr (F == relu)
    return x < zero ? zero : x;
  else if constexpr (F == leaky_relu) {
    if constexpr (kSame<T, int64_t>)
      return x < 0 ? to_integer(immediate * static_cast<double>(x)) : x;
    else
      return x > zero ? x : p * x;           // as in Keras: 0 times an infinite slope is NaN
  } else if constexpr (F == hard_sigmoid) {  // the immediate is the slope: 0.2 in Keras 2, 1/6 in Keras 3
    const T y = p * x + static_cast<T>(0.5);
    return y < zero ? zero : (y > one ? one : y);
  } else if constexpr (F == softsign)
    return x / (one + (x < zero ? -x : x));
  else if constexpr (kSame<T, int64_t>)
    return to_integer(unary_real<F>(static_cast<double>(x), immediate));
  else
    return unary_real<F>(x, p);
}

}  // namespace keraunos::math
