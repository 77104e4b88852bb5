// The table for AVX2 with FMA. Compiled with -mavx2 -mfma; without these flags (another architecture) it is absent.
#include "kernels/cpu/isa/make_kernels.h"

namespace keraunos::cpu {

#if defined(__AVX2__) && defined(__FMA__)
namespace {

struct Avx2 {
  static constexpr const char* kName = "avx2";
  static constexpr int kBytes = 32, kRows = 6;
};

constinit const Kernels kTable = isa::make_kernels<Avx2>();

}  // namespace

const Kernels* avx2_kernels() { return &kTable; }
#else
const Kernels* avx2_kernels() { return nullptr; }
#endif

}  // namespace keraunos::cpu
