// The table for any processor the build targets (SSE2 on x86-64).
#include "kernels/cpu/isa/make_kernels.h"

namespace keraunos::cpu {
namespace {

struct Generic {
  static constexpr const char* kName = "generic";
  static constexpr int kBytes = 16, kRows = 4;

  /// Loads the first `count` lanes and sets the others to 0; reads no memory beyond them.
  template <class T>
  static typename isa::VectorOf<Generic, T>::type load_first(const T* from, int count) {
    typename isa::VectorOf<Generic, T>::type result{};
    for (int i = 0; i < count; ++i) result[i] = from[i];
    return result;
  }
};

constinit const Kernels kTable = isa::make_kernels<Generic>();

}  // namespace

const Kernels& generic_kernels() { return kTable; }

}  // namespace keraunos::cpu
