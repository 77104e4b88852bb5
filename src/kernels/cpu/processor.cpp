#include "kernels/cpu/processor.h"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace keraunos::cpu {

std::string processor_name() {
#if defined(__x86_64__)
  // The brand string: three leaves of 16 characters each.
  constexpr unsigned kFirst = 0x80000002u, kLast = 0x80000004u;
  std::array<char, 49> text{};
  for (unsigned leaf = kFirst; leaf <= kLast; ++leaf) {
    std::array<unsigned, 4> words{};
    if (__get_cpuid(leaf, &words[0], &words[1], &words[2], &words[3]) == 0) return "CPU";
    std::memcpy(text.data() + (leaf - kFirst) * sizeof words, words.data(), sizeof words);
  }
  std::string name(text.data());
  name.erase(0, name.find_first_not_of(' '));
  name.erase(name.find_last_not_of(' ') + 1);
  return name.empty() ? "CPU" : name;
#else
  return "CPU";
#endif
}

}  // namespace keraunos::cpu
