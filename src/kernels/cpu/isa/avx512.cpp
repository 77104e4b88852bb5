// The table for AVX-512. Compiled with -mavx512f -mavx512bw -mavx512dq -mavx512vl -mfma -mprefer-vector-width=512; without these
// flags (another architecture) it is absent.
#if defined(__AVX512F__)
#include <immintrin.h>
#endif

#include "kernels/cpu/isa/make_kernels.h"

namespace keraunos::cpu {

#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512DQ__) && defined(__AVX512VL__)
namespace {

struct Avx512 {
  static constexpr const char* kName = "avx512";
  static constexpr int kBytes = 64, kRows = 12;

  /// Loads the first `count` lanes and sets the others to 0; reads no memory beyond them.
  static __m512 load_first(const float* from, int count) {
    return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << count) - 1), from);
  }
  static __m512d load_first(const double* from, int count) {
    return _mm512_maskz_loadu_pd(static_cast<__mmask8>((1u << count) - 1), from);
  }
};

constinit const Kernels kTable = isa::make_kernels<Avx512>();

}  // namespace

const Kernels* avx512_kernels() { return &kTable; }
#else
const Kernels* avx512_kernels() { return nullptr; }
#endif

}  // namespace keraunos::cpu
