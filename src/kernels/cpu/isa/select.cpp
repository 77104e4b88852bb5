// Selects the table that this processor can run. __builtin_cpu_supports also checks that the operating system saves the wide
// registers.
#include "kernels/cpu/isa/kernels.h"

namespace keraunos::cpu {

#if defined(__x86_64__)
bool processor_has_avx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
bool processor_has_avx512() {
  return processor_has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}
#else
bool processor_has_avx2() { return false; }
bool processor_has_avx512() { return false; }
#endif

const Kernels& select_kernels() {
  if (avx512_kernels() != nullptr && processor_has_avx512()) return *avx512_kernels();
  if (avx2_kernels() != nullptr && processor_has_avx2()) return *avx2_kernels();
  return generic_kernels();
}

}  // namespace keraunos::cpu
