// What every step of the CPU device needs to know of it.
#pragma once

#include <memory>

#include "kernels/cpu/isa/kernels.h"
#include "kernels/cpu/workers.h"

namespace keraunos::cpu {

/// What oneDNN computes: what it was measured to be faster at, or, for tests, all that it can or nothing.
enum class OneDnn { where_faster, everywhere, nowhere };

struct Cpu {
  const Kernels* kernels;
  int threads;  ///< at most so many per step
  std::shared_ptr<Workers>
      workers{};  ///< shared by the process's models, or the caller's; none: every step runs on its caller's thread
  OneDnn onednn = OneDnn::where_faster;
};

}  // namespace keraunos::cpu
