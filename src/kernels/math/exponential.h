// exp, log and functions built on them, in float, accurate to one or two units in the last place, without branches or table
// look-ups: a compiler vectorises a loop over them, and a GPU runs them without divergence.
//
// exp(x) = 2^n · (1 + e), n = round(x / ln 2), e = expm1(r), r = x − n·ln 2 in ±0.347, where a polynomial of degree 7 gives e.
// expm1(x) = 2^n·e + (2^n − 1) with the same e: no cancellation near 0, so tanh, sigmoid, softplus and mish are built on these
// two. log(x) = e·ln 2 + log(1 + f) with 1 + f in [√½, √2), by a polynomial of degree 11. The polynomials are minimax fits for
// these intervals.
#pragma once

#include "kernels/math/hd.h"

namespace keraunos::math {

constexpr float kInfinity = __builtin_inff();
constexpr float kNaN = __builtin_nanf("");

/// x = n·ln 2 + r; `power` is n as an integer (meaningless for NaN), `expm1` is expm1(r).
struct Reduced {
  int32_t power;
  float expm1;
};

KERAUNOS_HD Reduced reduce_exponent(float x) {
  constexpr float kRound = 12582912.0f;  // 1.5·2^23: adding it rounds to an integer, which then sits in the low bits
  const float shifted = x * 1.44269504f + kRound;
  const float n = shifted - kRound;
  const float r = (x - n * 0.693359375f) - n * -2.12194440e-4f;
  float p = 0.000199144153f;
  p = p * r + 0.00139411679f;
  p = p * r + 0.0083332723f;
  p = p * r + 0.0416663513f;
  p = p * r + 0.166666672f;
  p = p * r + 0.5f;
  return {static_cast<int32_t>(bits_of(shifted) - bits_of(kRound)), r + r * r * p};
}

/// 2^n for n in −126 … 127, by its bits.
KERAUNOS_HD float power_of_two(int32_t n) { return float_of((static_cast<uint32_t>(n) + 127u) << 23); }

KERAUNOS_HD float exp(float x) {
  float bounded = x < -104.0f ? -104.0f : x;  // the conditionals keep NaN
  bounded = bounded > 89.0f ? 89.0f : bounded;
  const Reduced part = reduce_exponent(bounded);
  const int32_t half = part.power >> 1;  // in two steps, so that 2^128 and subnormal results are right
  const float scaled = (part.expm1 + 1.0f) * power_of_two(half);
  return scaled * power_of_two(part.power - half);
}

KERAUNOS_HD float expm1(float x) {
  float bounded = x < -20.0f ? -20.0f : x;
  bounded = bounded > 89.0f ? 89.0f : bounded;
  const Reduced part = reduce_exponent(bounded);
  const float half = power_of_two(part.power - 1);
  const float result = 2.0f * (half * part.expm1 + (half - 0.5f));
  return x == 0.0f ? x : result;  // keeps −0
}

/// log of a positive normal number.
KERAUNOS_HD float log_normal(float x, int32_t exponent_shift = 0) {
  const uint32_t shifted = bits_of(x) - 0x3f3504f3u;  // bits of √½
  const float e = static_cast<float>((static_cast<int32_t>(shifted) >> 23) - exponent_shift);
  const float f = float_of((shifted & 0x007fffffu) + 0x3f3504f3u) - 1.0f;
  float p = 0.0691457316f;
  p = p * f - 0.117882915f;
  p = p * f + 0.11872492f;
  p = p * f - 0.123845935f;
  p = p * f + 0.142187685f;
  p = p * f - 0.166692391f;
  p = p * f + 0.200022191f;
  p = p * f - 0.249999866f;
  p = p * f + 0.333333105f;
  const float tail = (p * f - 0.5f) * (f * f) + e * -2.12194440e-4f;
  return e * 0.693359375f + (f + tail);
}

KERAUNOS_HD float log(float x) {
  const bool tiny = x < 1.17549435e-38f;
  float result = log_normal(tiny ? x * 8388608.0f : x, tiny ? 23 : 0);
  result = x == 0.0f ? -kInfinity : result;
  result = x < 0.0f ? kNaN : result;
  return x == kInfinity || x != x ? x : result;
}

KERAUNOS_HD float log1p(float x) {
  const float y = 1.0f + x;
  const float lost = x - (y - 1.0f);  // the part of 1 + x that rounding dropped
  const float result = log(y) + lost / y;
  return x == kInfinity || x == -1.0f || x == 0.0f ? (x == 0.0f ? x : log(y)) : result;
}

/// −|x|, also of a NaN.
KERAUNOS_HD float minus_magnitude(float x) { return float_of(bits_of(x) | 0x80000000u); }

/// With u = expm1(−2|x|), tanh|x| = −u / (u + 2): the only error is rounding, and nothing overflows.
KERAUNOS_HD float tanh(float x) {
  const float twice = 2.0f * minus_magnitude(x);
  const Reduced part = reduce_exponent(twice < -20.0f ? -20.0f : twice);
  const float scale = power_of_two(part.power);
  const float u = scale * part.expm1 + (scale - 1.0f);
  return float_of((bits_of(u / (u + 2.0f)) & 0x7fffffffu) | (bits_of(x) & 0x80000000u));
}

KERAUNOS_HD float sigmoid(float x) {
  const float m = minus_magnitude(x);
  const Reduced part = reduce_exponent(m < -104.0f ? -104.0f : m);
  // 2^n down to the smallest subnormal: computed scaled by 2^24.
  const float e = (part.expm1 + 1.0f) * power_of_two(part.power + 24) * 5.96046448e-8f;
  return (x < 0.0f ? e : 1.0f) / (1.0f + e);
}

KERAUNOS_HD float softplus(float x) {
  const float e = exp(x < 0.0f ? x : -x);  // at most 1, so log1p needs no special cases
  const float y = 1.0f + e;
  const float tail = log_normal(y) + (e - (y - 1.0f)) / y;
  return (x < 0.0f ? 0.0f : x) + (x != x ? x : tail);
}

/// x·tanh(softplus(x)): with e = exp(x), tanh(log(1 + e)) = (e² + 2e) / (e² + 2e + 2).
KERAUNOS_HD float mish(float x) {
  const float e = exp(x > 20.0f ? 20.0f : x);
  const float n = e * (e + 2.0f);
  return x * (n / (n + 2.0f));
}

}  // namespace keraunos::math
