// The table for AVX2 with FMA. Compiled with -mavx2 -mfma; without these flags (another architecture) it is absent.
#if defined(__AVX2__)
#include <immintrin.h>
#endif

#include "kernels/cpu/isa/make_kernels.h"

namespace keraunos::cpu {

#if defined(__AVX2__) && defined(__FMA__)
namespace {

struct Avx2 {
  static constexpr const char* kName = "avx2";
  static constexpr int kBytes = 32, kRows = 6;

  /// Loads the first `count` lanes and sets the others to 0; reads no memory beyond them.
  static __m256 load_first(const float* from, int count) {
    const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_maskload_ps(from, _mm256_cmpgt_epi32(_mm256_set1_epi32(count), lanes));
  }
  static __m256d load_first(const double* from, int count) {
    const __m256i lanes = _mm256_setr_epi64x(0, 1, 2, 3);
    return _mm256_maskload_pd(from, _mm256_cmpgt_epi64(_mm256_set1_epi64x(count), lanes));
  }
};

constinit const Kernels kTable = isa::make_kernels<Avx2>();

}  // namespace

const Kernels* avx2_kernels() { return &kTable; }
#else
const Kernels* avx2_kernels() { return nullptr; }
#endif

}  // namespace keraunos::cpu
