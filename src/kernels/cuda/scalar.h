// Scalar functions that kernels call by name, for float and double; the complete table is kernels/math/functions.h.
#pragma once

#include "kernels/math/exponential.h"

namespace keraunos::cuda {

template <class C>
KERAUNOS_HD C infinity() {
  return static_cast<C>(__builtin_inff());
}

KERAUNOS_HD float exponential(float x) { return math::exp(x); }
KERAUNOS_HD double exponential(double x) { return ::exp(x); }
KERAUNOS_HD float logarithm(float x) { return math::log(x); }
KERAUNOS_HD double logarithm(double x) { return ::log(x); }
KERAUNOS_HD float square_root(float x) { return ::sqrtf(x); }
KERAUNOS_HD double square_root(double x) { return ::sqrt(x); }

}  // namespace keraunos::cuda
