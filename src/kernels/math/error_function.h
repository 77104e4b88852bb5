// erf and erfc in float, without branches. Below 0.9 erf(x) = x + x·P(x²); above, erfc(z) = exp(−z²)·W((z − 3) / (z + 3))
// holds to the last places for every z, and erf = 1 − erfc. Both are computed and one is selected.
#pragma once

#include "kernels/math/exponential.h"

namespace keraunos::math {

/// erfc for z ≥ 0.
KERAUNOS_HD float erfc_positive(float z) {
  const float bounded = z > 10.2f ? 10.2f : z;  // beyond, the result is 0
  const float t = (bounded - 3.0f) / (bounded + 3.0f);
  float w = -0.000539612083f;
  w = w * t + 0.000733586727f;
  w = w * t + 0.00424980279f;
  w = w * t - 0.0243975837f;
  w = w * t + 0.0716685578f;
  w = w * t - 0.150115594f;
  w = w * t + 0.245603666f;
  w = w * t - 0.326233566f;
  w = w * t + 0.179001153f;
  return exp(-bounded * bounded) * w;
}

/// erf for |x| ≤ 0.9.
KERAUNOS_HD float erf_small(float x) {
  const float s = x * x;
  float p = 8.53884048e-05f;
  p = p * s - 0.000818192784f;
  p = p * s + 0.0052044359f;
  p = p * s - 0.0268607531f;
  p = p * s + 0.112837195f;
  p = p * s - 0.376126349f;
  p = p * s + 0.128379166f;
  return x + x * p;
}

KERAUNOS_HD float erf(float x) {
  const float z = x < 0.0f ? -x : x;
  const float inner = erf_small(z > 0.9f ? 0.9f : x);
  const float outer = 1.0f - erfc_positive(z);
  return z > 0.9f ? (x < 0.0f ? -outer : outer) : inner;
}

KERAUNOS_HD float erfc(float x) {
  const float z = x < 0.0f ? -x : x;
  const float inner = 1.0f - erf_small(z > 0.9f ? 0.9f : x);
  const float tail = erfc_positive(z);
  return z > 0.9f ? (x < 0.0f ? 2.0f - tail : tail) : inner;
}

}  // namespace keraunos::math
