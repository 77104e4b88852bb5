// The table for any processor the build targets (SSE2 on x86-64).
#include "kernels/cpu/isa/make_kernels.h"

namespace keraunos::cpu {
namespace {

struct Generic {
  static constexpr const char* kName = "generic";
  static constexpr int kBytes = 16, kRows = 4;
};

constinit const Kernels kTable = isa::make_kernels<Generic>();

}  // namespace

const Kernels& generic_kernels() { return kTable; }

}  // namespace keraunos::cpu
