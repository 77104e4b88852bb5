// Properties of the CPU device that every step uses.
#pragma once

#include <memory>

#include "kernels/cpu/isa/kernels.h"
#include "kernels/cpu/workers.h"

namespace keraunos::cpu {

/// Which steps oneDNN computes: where measurements show it to be faster, or, for tests, all that it supports or none.
enum class OneDnn { where_faster, everywhere, nowhere };

struct Cpu {
  const Kernels* kernels;
  int threads;  ///< largest number of threads of a step
  std::shared_ptr<Workers>
      workers{};  ///< shared by the process's models, or the caller's; null: every step runs on its caller's thread
  OneDnn onednn = OneDnn::where_faster;
};

}  // namespace keraunos::cpu
