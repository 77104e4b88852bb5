// The C library's functions under one name for float and double, so that a formula is written once for both. The float versions
// of exp, log, tanh, erf and similar functions are ours (exponential.h, error_function.h); those for double are here.
#pragma once

#include "kernels/math/error_function.h"
#include "kernels/math/exponential.h"

namespace keraunos::math {

KERAUNOS_HD float floor(float x) { return ::floorf(x); }
KERAUNOS_HD double floor(double x) { return ::floor(x); }
KERAUNOS_HD float ceil(float x) { return ::ceilf(x); }
KERAUNOS_HD double ceil(double x) { return ::ceil(x); }
KERAUNOS_HD float rint(float x) { return ::rintf(x); }
KERAUNOS_HD double rint(double x) { return ::rint(x); }
KERAUNOS_HD float trunc(float x) { return ::truncf(x); }
KERAUNOS_HD double trunc(double x) { return ::trunc(x); }
KERAUNOS_HD float fabs(float x) { return ::fabsf(x); }
KERAUNOS_HD double fabs(double x) { return ::fabs(x); }
KERAUNOS_HD float sqrt(float x) { return ::sqrtf(x); }
KERAUNOS_HD double sqrt(double x) { return ::sqrt(x); }
KERAUNOS_HD float log2(float x) { return ::log2f(x); }
KERAUNOS_HD double log2(double x) { return ::log2(x); }
KERAUNOS_HD float log10(float x) { return ::log10f(x); }
KERAUNOS_HD double log10(double x) { return ::log10(x); }
KERAUNOS_HD float sin(float x) { return ::sinf(x); }
KERAUNOS_HD double sin(double x) { return ::sin(x); }
KERAUNOS_HD float cos(float x) { return ::cosf(x); }
KERAUNOS_HD double cos(double x) { return ::cos(x); }
KERAUNOS_HD float tan(float x) { return ::tanf(x); }
KERAUNOS_HD double tan(double x) { return ::tan(x); }
KERAUNOS_HD float asin(float x) { return ::asinf(x); }
KERAUNOS_HD double asin(double x) { return ::asin(x); }
KERAUNOS_HD float acos(float x) { return ::acosf(x); }
KERAUNOS_HD double acos(double x) { return ::acos(x); }
KERAUNOS_HD float atan(float x) { return ::atanf(x); }
KERAUNOS_HD double atan(double x) { return ::atan(x); }
KERAUNOS_HD float sinh(float x) { return ::sinhf(x); }
KERAUNOS_HD double sinh(double x) { return ::sinh(x); }
KERAUNOS_HD float cosh(float x) { return ::coshf(x); }
KERAUNOS_HD double cosh(double x) { return ::cosh(x); }
KERAUNOS_HD float asinh(float x) { return ::asinhf(x); }
KERAUNOS_HD double asinh(double x) { return ::asinh(x); }
KERAUNOS_HD float acosh(float x) { return ::acoshf(x); }
KERAUNOS_HD double acosh(double x) { return ::acosh(x); }
KERAUNOS_HD float atanh(float x) { return ::atanhf(x); }
KERAUNOS_HD double atanh(double x) { return ::atanh(x); }

KERAUNOS_HD double exp(double x) { return ::exp(x); }
KERAUNOS_HD double expm1(double x) { return ::expm1(x); }
KERAUNOS_HD double log(double x) { return ::log(x); }
KERAUNOS_HD double log1p(double x) { return ::log1p(x); }
KERAUNOS_HD double tanh(double x) { return ::tanh(x); }
KERAUNOS_HD double erf(double x) { return ::erf(x); }
KERAUNOS_HD double erfc(double x) { return ::erfc(x); }

KERAUNOS_HD float fmod(float a, float b) { return ::fmodf(a, b); }
KERAUNOS_HD double fmod(double a, double b) { return ::fmod(a, b); }
KERAUNOS_HD float pow(float a, float b) { return ::powf(a, b); }
KERAUNOS_HD double pow(double a, double b) { return ::pow(a, b); }
KERAUNOS_HD float atan2(float a, float b) { return ::atan2f(a, b); }
KERAUNOS_HD double atan2(double a, double b) { return ::atan2(a, b); }
KERAUNOS_HD float next_after(float a, float b) { return ::nextafterf(a, b); }
KERAUNOS_HD double next_after(double a, double b) { return ::nextafter(a, b); }

KERAUNOS_HD bool sign_bit(float x) { return (bits_of(x) >> 31) != 0; }
KERAUNOS_HD bool sign_bit(double x) { return (__builtin_bit_cast(uint64_t, x) >> 63) != 0; }
KERAUNOS_HD bool sign_bit(int64_t x) { return x < 0; }

// In double by their definitions; in float by exponential.h, which does not overflow.
KERAUNOS_HD double sigmoid(double x) { return 1 / (1 + ::exp(-x)); }
KERAUNOS_HD double softplus(double x) { return (x < 0 ? 0 : x) + ::log1p(::exp(x < 0 ? x : -x)); }
KERAUNOS_HD double mish(double x) { return x * ::tanh(softplus(x)); }

}  // namespace keraunos::math
