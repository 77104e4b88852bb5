// What every step of the CPU device needs to know of it.
#pragma once

#include <memory>

#include "kernels/cpu/isa/kernels.h"
#include "kernels/cpu/workers.h"

namespace keraunos::cpu {

struct Cpu {
  const Kernels* kernels;
  int threads;                         ///< at most so many per step
  std::shared_ptr<Workers> workers{};  ///< none: every step runs on its caller's thread
};

}  // namespace keraunos::cpu
