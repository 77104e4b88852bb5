// The one header that depends on the compiler of the shared math: code marked KERAUNOS_HD runs on the host and on a GPU.
//
// It is always inlined. On the host the same functions are compiled several times, once for each instruction set
// (kernels/cpu/isa/): of ordinary inline functions the linker would keep one copy, perhaps the one for AVX-512, and call it on a
// machine without AVX-512.
#pragma once

#include <stdint.h>

#if defined(__CUDACC_RTC__)
#define KERAUNOS_HD __host__ __device__ __forceinline__
#elif defined(__CUDACC__)
#include <math.h>
#define KERAUNOS_HD __host__ __device__ __forceinline__
#else
#include <math.h>
#define KERAUNOS_HD inline __attribute__((always_inline))
#endif

namespace keraunos::math {

#if defined(__CUDACC__)
KERAUNOS_HD double log_gamma(double x) { return ::lgamma(x); }
#else
// glibc's lgamma writes the sign to a global, which other threads write too.
KERAUNOS_HD double log_gamma(double x) {
  int sign = 0;
  return ::lgamma_r(x, &sign);
}
#endif

KERAUNOS_HD constexpr uint32_t bits_of(float value) { return __builtin_bit_cast(uint32_t, value); }
KERAUNOS_HD constexpr float float_of(uint32_t bits) { return __builtin_bit_cast(float, bits); }

}  // namespace keraunos::math
