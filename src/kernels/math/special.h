// Special functions, in double for every floating type: they are rare, and their results are rounded once.
#pragma once

#include "kernels/math/hd.h"

namespace keraunos::math {

inline constexpr uint64_t kQuietNaN = 0x7ff8000000000000;

/// A polynomial; the coefficient of the highest power comes first.
template <int N>
KERAUNOS_HD double polynomial(const double (&coefficient)[N], double x) {
  double sum = 0;
  for (int i = 0; i < N; ++i) sum = sum * x + coefficient[i];
  return sum;
}

/// The inverse of erf near ±1, where it is steep: a function of t = sqrt(-log((1 - |x|) / 2)).
KERAUNOS_HD double inverse_normal_tail(double t) {
  if (t <= 5) {
    constexpr double kAbove[] = {7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1,
                                 1.27045825245236838258,    3.64784832476320460504,    5.76949722146069140550,
                                 4.63033784615654529590,    1.42343711074968357734};
    constexpr double kBelow[] = {
        1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2, 1.48103976427480074590e-1,
        6.89767334985100004550e-1, 1.67638483018380384940,    2.05319162663775882187,    1};
    return polynomial(kAbove, t - 1.6) / polynomial(kBelow, t - 1.6);
  }
  constexpr double kAbove[] = {2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3,
                               2.65321895265761230930e-2, 2.96560571828504891230e-1, 1.78482653991729133580,
                               5.46378491116411436990,    6.65790464350110377720};
  constexpr double kBelow[] = {
      2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5, 7.86869131145613259100e-4,
      1.48753612908506148525e-2,  1.36929880922735805310e-1, 5.99832206555887937690e-1, 1};
  return polynomial(kAbove, t - 5) / polynomial(kBelow, t - 5);
}

/// The inverse of erf, by Wichura's inverse of the normal distribution (Algorithm AS 241) in other units.
KERAUNOS_HD double inverse_erf(double x) {
  constexpr double kUnit = 0.70710678118654752440;
  const double size = x < 0 ? -x : x;
  if (!(size < 1)) return size == 1 ? x * static_cast<double>(__builtin_inff()) : __builtin_bit_cast(double, kQuietNaN);
  if (size <= 0.85) {
    constexpr double kAbove[] = {2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4,
                                 4.5921953931549871457e4, 1.3731693765509461125e4, 1.9715909503065514427e3,
                                 1.3314166789178437745e2, 3.3871328727963666080};
    constexpr double kBelow[] = {
        5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4, 2.1213794301586595867e4,
        5.3941960214247511077e3, 6.8718700749205790830e2, 4.2313330701600911252e1, 1};
    const double r = 0.180625 - 0.25 * x * x;
    return kUnit * 0.5 * x * polynomial(kAbove, r) / polynomial(kBelow, r);
  }
  const double far = kUnit * inverse_normal_tail(::sqrt(-::log(0.5 * (1 - size))));
  return x < 0 ? -far : far;
}

/// The logarithmic derivative of the gamma function: the argument is raised to at least 10, where a series is accurate.
KERAUNOS_HD double digamma(double x) {
  constexpr double kPi = 3.14159265358979323846;
  if (x != x) return x;
  double mirrored = 0;
  if (x <= 0) {
    const double whole = ::floor(x);
    if (x == whole) return __builtin_bit_cast(double, kQuietNaN);
    const double rest = x - whole;
    mirrored = rest == 0.5 ? 0 : kPi / ::tan(kPi * (rest > 0.5 ? rest - 1 : rest));
    x = 1 - x;
  }
  double below = 0;
  for (; x < 10; x += 1) below += 1 / x;
  const double z = 1 / (x * x);
  constexpr double kSeries[] = {8.33333333333333333333e-2,  -2.10927960927960927961e-2, 7.57575757575757575758e-3,
                                -4.16666666666666666667e-3, 3.96825396825396825397e-3,  -8.33333333333333333333e-3,
                                8.33333333333333333333e-2};
  const double series = x < 1e17 ? z * polynomial(kSeries, z) : 0;
  return ::log(x) - 0.5 / x - series - below - mirrored;
}

/// The modified Bessel function of the first kind, of order 0 or 1; `scaled` by exp(-|x|). Below 30 its power series, whose terms
/// are all positive; above, its asymptotic series, whose terms fall to 1e-26.
template <bool First>
KERAUNOS_HD double bessel(double x, bool scaled) {
  const double size = x < 0 ? -x : x;
  double sum = 1, term = 1;
  if (size <= 30) {
    const double quarter = 0.25 * size * size;
    for (int k = 1; k < 60; ++k) {
      term *= quarter / (static_cast<double>(k) * (k + (First ? 1 : 0)));
      sum += term;
    }
    const double value = First ? 0.5 * x * sum : sum;
    return scaled ? value * ::exp(-size) : value;
  }
  for (int k = 1; k < 30; ++k) {
    const double odd = 2 * k - 1;
    term *= (odd * odd - (First ? 4 : 0)) / (8 * size * k);
    sum += term;
  }
  const double value = sum / ::sqrt(6.28318530717958647693 * size) * (First && x < 0 ? -1 : 1);
  return scaled ? value : value * ::exp(size);
}

}  // namespace keraunos::math
