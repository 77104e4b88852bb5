// Functions of one operand: in double by the C library, in float by exponential.h and error_function.h, and the simple ones for
// every type.
#pragma once

#include "keraunos/function.h"
#include "kernels/math/error_function.h"
#include "kernels/math/exponential.h"
#include "kernels/math/integers.h"

namespace keraunos::math {

/// Functions of one operand in double: the C library's, and Keras's activations by their formulas.
template <Function F>
KERAUNOS_HD double unary_double(double x, double p) {
  using enum Function;
  if constexpr (F == floor)
    return ::floor(x);
  else if constexpr (F == ceil)
    return ::ceil(x);
  else if constexpr (F == round_even)
    return ::rint(x);
  else if constexpr (F == trunc)
    return ::trunc(x);
  else if constexpr (F == sqrt)
    return ::sqrt(x);
  else if constexpr (F == exp)
    return ::exp(x);
  else if constexpr (F == expm1)
    return ::expm1(x);
  else if constexpr (F == log)
    return ::log(x);
  else if constexpr (F == log1p)
    return ::log1p(x);
  else if constexpr (F == log2)
    return ::log2(x);
  else if constexpr (F == log10)
    return ::log10(x);
  else if constexpr (F == sin)
    return ::sin(x);
  else if constexpr (F == cos)
    return ::cos(x);
  else if constexpr (F == tan)
    return ::tan(x);
  else if constexpr (F == asin)
    return ::asin(x);
  else if constexpr (F == acos)
    return ::acos(x);
  else if constexpr (F == atan)
    return ::atan(x);
  else if constexpr (F == sinh)
    return ::sinh(x);
  else if constexpr (F == cosh)
    return ::cosh(x);
  else if constexpr (F == tanh)
    return ::tanh(x);
  else if constexpr (F == asinh)
    return ::asinh(x);
  else if constexpr (F == acosh)
    return ::acosh(x);
  else if constexpr (F == atanh)
    return ::atanh(x);
  else if constexpr (F == erf)
    return ::erf(x);
  else if constexpr (F == erfc)
    return ::erfc(x);
  else if constexpr (F == elu)
    return x > 0 ? x : p * ::expm1(x);
  else if constexpr (F == selu)
    return 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * ::expm1(x));
  else if constexpr (F == celu)
    return x > 0 ? x : (x != x ? x : p * ::expm1(x / p));
  else if constexpr (F == gelu)
    return 0.5 * x * ::erfc(x * -0.7071067811865476);
  else if constexpr (F == gelu_tanh)
    return x / (1 + ::exp(-1.5957691216057308 * (x + 0.044715 * x * x * x)));
  else if constexpr (F == sigmoid)
    return 1 / (1 + ::exp(-x));
  else if constexpr (F == log_sigmoid)
    return (x < 0 ? x : 0) - ::log1p(::exp(x < 0 ? x : -x));
  else if constexpr (F == softplus)
    return (x < 0 ? 0 : x) + ::log1p(::exp(x < 0 ? x : -x));
  else if constexpr (F == silu)
    return x * (1 / (1 + ::exp(-x)));
  else {
    static_assert(F == mish);
    return x * ::tanh((x < 0 ? 0 : x) + ::log1p(::exp(x < 0 ? x : -x)));
  }
}

template <Function F>
KERAUNOS_HD float unary_float(float x, float p) {
  using enum Function;
  if constexpr (F == floor)
    return ::floorf(x);
  else if constexpr (F == ceil)
    return ::ceilf(x);
  else if constexpr (F == round_even)
    return ::rintf(x);
  else if constexpr (F == trunc)
    return ::truncf(x);
  else if constexpr (F == sqrt)
    return ::sqrtf(x);
  else if constexpr (F == exp)
    return math::exp(x);
  else if constexpr (F == expm1)
    return math::expm1(x);
  else if constexpr (F == log)
    return math::log(x);
  else if constexpr (F == log1p)
    return math::log1p(x);
  else if constexpr (F == log2)
    return ::log2f(x);
  else if constexpr (F == log10)
    return ::log10f(x);
  else if constexpr (F == sin)
    return ::sinf(x);
  else if constexpr (F == cos)
    return ::cosf(x);
  else if constexpr (F == tan)
    return ::tanf(x);
  else if constexpr (F == asin)
    return ::asinf(x);
  else if constexpr (F == acos)
    return ::acosf(x);
  else if constexpr (F == atan)
    return ::atanf(x);
  else if constexpr (F == sinh)
    return ::sinhf(x);
  else if constexpr (F == cosh)
    return ::coshf(x);
  else if constexpr (F == tanh)
    return math::tanh(x);
  else if constexpr (F == asinh)
    return ::asinhf(x);
  else if constexpr (F == acosh)
    return ::acoshf(x);
  else if constexpr (F == atanh)
    return ::atanhf(x);
  else if constexpr (F == erf)
    return math::erf(x);
  else if constexpr (F == erfc)
    return math::erfc(x);
  else if constexpr (F == gelu)
    return math::gelu(x);
  else if constexpr (F == gelu_tanh)
    return math::gelu_tanh(x);
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
    const float below = math::expm1(F == celu ? x / p : x);
    if constexpr (F == elu)
      return x > 0.0f ? x : p * below;
    else if constexpr (F == celu)
      return x > 0.0f ? x : p * below;
    else {
      static_assert(F == selu);
      return x > 0.0f ? 1.05070099f * x : 1.75809934f * below;
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
    return kSame<T, float> ? static_cast<T>(::fabsf(static_cast<float>(x))) : static_cast<T>(::fabs(static_cast<double>(x)));
  else if constexpr (F == sign)
    return x > zero ? one : (x < zero ? -one : x);  // x is 0 or NaN at the end
  else if constexpr (F == square)
    return x * x;
  else if constexpr (F == rsqrt) {
    if constexpr (kSame<T, float>)
      return one / ::sqrtf(x);
    else
      return static_cast<T>(1.0 / ::sqrt(static_cast<double>(x)));
  } else if constexpr (F == reciprocal)
    return one / x;
  else if constexpr (F == relu)
    return x < zero ? zero : x;
  else if constexpr (F == leaky_relu) {
    if constexpr (kSame<T, int64_t>)
      return x < 0 ? to_integer(immediate * static_cast<double>(x)) : x;
    else
      return x > zero ? x : p * x;           // as Keras: 0 times an infinite slope is NaN
  } else if constexpr (F == hard_sigmoid) {  // the immediate is the slope: 0.2 in Keras 2, 1/6 in Keras 3
    const T y = p * x + static_cast<T>(0.5);
    return y < zero ? zero : (y > one ? one : y);
  } else if constexpr (F == softsign)
    return x / (one + (x < zero ? -x : x));
  else if constexpr (kSame<T, float>)
    return unary_float<F>(x, p);
  else if constexpr (kSame<T, double>)
    return unary_double<F>(x, immediate);
  else
    return to_integer(unary_double<F>(static_cast<double>(x), immediate));
}

}  // namespace keraunos::math
