// What every step of the CPU device needs to know of it.
#pragma once

#include "kernels/cpu/isa/kernels.h"

namespace keraunos::cpu {

struct Cpu {
  const Kernels* kernels;
  int threads;  ///< at most so many per step
};

}  // namespace keraunos::cpu
