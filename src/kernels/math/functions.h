// What each Function computes: compute<F>(a, b, immediate) for float, double and int64_t, one `if constexpr` per function in groups.
// Predicates give bool, everything else the operands' type. Integers stand for every integer type: the evaluators wrap the result.
// Functions without an integer meaning (exp, tanh) go through double.
#pragma once

#include "kernels/math/error_function.h"
#include "kernels/math/exponential.h"
#include "keraunos/function.h"

namespace keraunos::math {

template <class A, class B>
constexpr bool kSame = false;
template <class A>
constexpr bool kSame<A, A> = true;

/// From a floating number to an integer as a cast does: towards zero, saturating, NaN to 0.
template <class T>
KERAUNOS_HD int64_t to_integer(T x) {
  constexpr T kLimit = static_cast<T>(9223372036854775808.0);
  if (x != x) return 0;
  if (x >= kLimit) return INT64_MAX;
  if (x < -kLimit) return INT64_MIN;
  return static_cast<int64_t>(x);
}

KERAUNOS_HD int64_t wrapped_add(int64_t a, int64_t b) { return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b)); }
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

/// Functions of one operand in double: the C library's, and Keras's activations by their formulas.
template <Function F>
KERAUNOS_HD double unary_double(double x, double p) {
  using enum Function;
  if constexpr (F == floor) return ::floor(x);
  else if constexpr (F == ceil) return ::ceil(x);
  else if constexpr (F == round_even) return ::rint(x);
  else if constexpr (F == trunc) return ::trunc(x);
  else if constexpr (F == sqrt) return ::sqrt(x);
  else if constexpr (F == exp) return ::exp(x);
  else if constexpr (F == expm1) return ::expm1(x);
  else if constexpr (F == log) return ::log(x);
  else if constexpr (F == log1p) return ::log1p(x);
  else if constexpr (F == log2) return ::log2(x);
  else if constexpr (F == log10) return ::log10(x);
  else if constexpr (F == sin) return ::sin(x);
  else if constexpr (F == cos) return ::cos(x);
  else if constexpr (F == tan) return ::tan(x);
  else if constexpr (F == asin) return ::asin(x);
  else if constexpr (F == acos) return ::acos(x);
  else if constexpr (F == atan) return ::atan(x);
  else if constexpr (F == sinh) return ::sinh(x);
  else if constexpr (F == cosh) return ::cosh(x);
  else if constexpr (F == tanh) return ::tanh(x);
  else if constexpr (F == asinh) return ::asinh(x);
  else if constexpr (F == acosh) return ::acosh(x);
  else if constexpr (F == atanh) return ::atanh(x);
  else if constexpr (F == erf) return ::erf(x);
  else if constexpr (F == erfc) return ::erfc(x);
  else if constexpr (F == elu) return x > 0 ? x : p * ::expm1(x);
  else if constexpr (F == selu) return 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * ::expm1(x));
  else if constexpr (F == celu) return x > 0 ? x : (x != x ? x : p * ::expm1(x / p));
  else if constexpr (F == gelu) return 0.5 * x * ::erfc(x * -0.7071067811865476);
  else if constexpr (F == gelu_tanh) return x / (1 + ::exp(-1.5957691216057308 * (x + 0.044715 * x * x * x)));
  else if constexpr (F == sigmoid) return 1 / (1 + ::exp(-x));
  else if constexpr (F == log_sigmoid) return (x < 0 ? x : 0) - ::log1p(::exp(x < 0 ? x : -x));
  else if constexpr (F == softplus) return (x < 0 ? 0 : x) + ::log1p(::exp(x < 0 ? x : -x));
  else if constexpr (F == silu) return x * (1 / (1 + ::exp(-x)));
  else {
    static_assert(F == mish);
    return x * ::tanh((x < 0 ? 0 : x) + ::log1p(::exp(x < 0 ? x : -x)));
  }
}

template <Function F>
KERAUNOS_HD float unary_float(float x, float p) {
  using enum Function;
  if constexpr (F == floor) return ::floorf(x);
  else if constexpr (F == ceil) return ::ceilf(x);
  else if constexpr (F == round_even) return ::rintf(x);
  else if constexpr (F == trunc) return ::truncf(x);
  else if constexpr (F == sqrt) return ::sqrtf(x);
  else if constexpr (F == exp) return math::exp(x);
  else if constexpr (F == expm1) return math::expm1(x);
  else if constexpr (F == log) return math::log(x);
  else if constexpr (F == log1p) return math::log1p(x);
  else if constexpr (F == log2) return ::log2f(x);
  else if constexpr (F == log10) return ::log10f(x);
  else if constexpr (F == sin) return ::sinf(x);
  else if constexpr (F == cos) return ::cosf(x);
  else if constexpr (F == tan) return ::tanf(x);
  else if constexpr (F == asin) return ::asinf(x);
  else if constexpr (F == acos) return ::acosf(x);
  else if constexpr (F == atan) return ::atanf(x);
  else if constexpr (F == sinh) return ::sinhf(x);
  else if constexpr (F == cosh) return ::coshf(x);
  else if constexpr (F == tanh) return math::tanh(x);
  else if constexpr (F == asinh) return ::asinhf(x);
  else if constexpr (F == acosh) return ::acoshf(x);
  else if constexpr (F == atanh) return ::atanhf(x);
  else if constexpr (F == erf) return math::erf(x);
  else if constexpr (F == erfc) return math::erfc(x);
  else if constexpr (F == gelu) return math::gelu(x);
  else if constexpr (F == gelu_tanh) return math::gelu_tanh(x);
  else if constexpr (F == sigmoid) return math::sigmoid(x);
  else if constexpr (F == log_sigmoid) return -math::softplus(-x);
  else if constexpr (F == softplus) return math::softplus(x);
  else if constexpr (F == silu) return x * math::sigmoid(x);
  else if constexpr (F == mish) return math::mish(x);
  else {
    const float below = math::expm1(F == celu ? x / p : x);
    if constexpr (F == elu) return x > 0.0f ? x : p * below;
    else if constexpr (F == celu) return x > 0.0f ? x : p * below;
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
  if constexpr (kSame<T, int64_t> && (F == negate || F == abs)) return F == abs && x >= 0 ? x : wrapped_negate(x);
  else if constexpr (kSame<T, int64_t> && F == square) return wrapped_multiply(x, x);
  else if constexpr (kSame<T, int64_t> && F == reciprocal) return divide_integers(1, x);
  else if constexpr (kSame<T, int64_t> && (F == floor || F == ceil || F == round_even || F == trunc)) return x;
  else if constexpr (F == copy || F == cast) return x;
  else if constexpr (F == negate) return -x;
  else if constexpr (F == abs) return kSame<T, float> ? static_cast<T>(::fabsf(static_cast<float>(x))) : static_cast<T>(::fabs(static_cast<double>(x)));
  else if constexpr (F == sign) return x > zero ? one : (x < zero ? -one : x);  // x is 0 or NaN at the end
  else if constexpr (F == square) return x * x;
  else if constexpr (F == rsqrt) {
    if constexpr (kSame<T, float>) return one / ::sqrtf(x);
    else return static_cast<T>(1.0 / ::sqrt(static_cast<double>(x)));
  }
  else if constexpr (F == reciprocal) return one / x;
  else if constexpr (F == relu) return x < zero ? zero : x;
  else if constexpr (F == leaky_relu) {
    if constexpr (kSame<T, int64_t>) return x < 0 ? to_integer(immediate * static_cast<double>(x)) : x;
    else return x < zero ? p * x : x;
  }
  else if constexpr (F == hard_sigmoid) {  // the immediate is the slope: 0.2 in Keras 2, 1/6 in Keras 3
    const T y = p * x + static_cast<T>(0.5);
    return y < zero ? zero : (y > one ? one : y);
  }
  else if constexpr (F == softsign) return x / (one + (x < zero ? -x : x));
  else if constexpr (kSame<T, float>) return unary_float<F>(x, p);
  else if constexpr (kSame<T, double>) return unary_double<F>(x, immediate);
  else return to_integer(unary_double<F>(static_cast<double>(x), immediate));
}

template <class T>
KERAUNOS_HD T remainder(T a, T b) {
  if constexpr (kSame<T, float>) return ::fmodf(a, b);
  else if constexpr (kSame<T, double>) return ::fmod(a, b);
  else return remainder_integers(a, b);
}

/// Remainder with the divisor's sign, as Python's %.
template <class T>
KERAUNOS_HD T floor_remainder(T a, T b) {
  const T r = remainder(a, b);
  return r != 0 && ((r < 0) != (b < 0)) ? r + b : r;
}

template <class T>
KERAUNOS_HD T floor_quotient(T a, T b) {
  if constexpr (kSame<T, float>) return ::floorf(a / b);
  else if constexpr (kSame<T, double>) return ::floor(a / b);
  else return divide_integers(a, b) - (remainder_integers(a, b) != 0 && ((a < 0) != (b < 0)) ? 1 : 0);
}

template <Function F, class T>
KERAUNOS_HD T binary(T a, T b) {
  using enum Function;
  constexpr bool integer = kSame<T, int64_t>;
  if constexpr (F == add && integer) return wrapped_add(a, b);
  else if constexpr (F == subtract && integer) return wrapped_add(a, wrapped_negate(b));
  else if constexpr (F == multiply && integer) return wrapped_multiply(a, b);
  else if constexpr (F == divide && integer) return divide_integers(a, b);
  else if constexpr (F == power && integer) return power_integers(a, b);
  else if constexpr (F == atan2 && integer) return to_integer(::atan2(static_cast<double>(a), static_cast<double>(b)));
  else if constexpr (F == add) return a + b;
  else if constexpr (F == subtract) return a - b;
  else if constexpr (F == multiply) return a * b;
  else if constexpr (F == divide) return a / b;
  else if constexpr (F == floor_divide) return floor_quotient(a, b);
  else if constexpr (F == floor_mod) return floor_remainder(a, b);
  else if constexpr (F == trunc_mod) return remainder(a, b);
  else if constexpr (F == maximum) return (a > b) | (a != a) ? a : b;  // NaN wins, as NumPy's maximum
  else if constexpr (F == minimum) return (a < b) | (a != a) ? a : b;
  else if constexpr (F == power) {
    if constexpr (kSame<T, float>) return ::powf(a, b);
    else return ::pow(a, b);
  } else {
    static_assert(F == atan2);
    if constexpr (kSame<T, float>) return ::atan2f(a, b);
    else return ::atan2(a, b);
  }
}

/// Functions whose result is boolean; logic takes any number as "not zero".
template <Function F, class T>
KERAUNOS_HD bool predicate(T a, T b) {
  using enum Function;
  if constexpr (F == equal) return a == b;
  else if constexpr (F == not_equal) return a != b;
  else if constexpr (F == less) return a < b;
  else if constexpr (F == less_equal) return a <= b;
  else if constexpr (F == greater) return a > b;
  else if constexpr (F == greater_equal) return a >= b;
  else if constexpr (F == logical_and) return (a != 0) & (b != 0);
  else if constexpr (F == logical_or) return (a != 0) | (b != 0);
  else if constexpr (F == logical_xor) return (a != 0) != (b != 0);
  else if constexpr (F == logical_not) return a == 0;
  else if constexpr (kSame<T, int64_t>) return F == is_finite;
  else if constexpr (F == is_nan) return a != a;
  else if constexpr (F == is_finite) return a - a == 0;
  else {
    static_assert(F == is_infinite);
    return a == a && a - a != 0;
  }
}

/// The table, as far as a compiler needs it while compiling: number of operands and kind of result, in the order of enum Function.
constexpr int kFunctions = static_cast<int>(Function::kCount);

KERAUNOS_HD constexpr bool is_predicate(Function f) {
  using enum Function;
  return (f >= logical_not && f <= is_finite) || (f >= equal && f <= logical_xor);
}
KERAUNOS_HD constexpr int arity(Function f) {
  if (f == Function::constant) return 0;
  if (f == Function::select) return 3;
  return f >= Function::add ? 2 : 1;
}
static_assert(kFunctions == 73, "a function was added: give it a body above");

/// constant, cast and select are the evaluators' own business.
template <Function F, class T>
KERAUNOS_HD auto compute(T a, T b, double immediate) {
  if constexpr (is_predicate(F)) return predicate<F>(a, b);
  else if constexpr (arity(F) == 2) return binary<F>(a, b);
  else return unary<F>(a, immediate);
}

}  // namespace keraunos::math
