#include "sine_kernel.h"

namespace keraunos {
std::shared_ptr<const Kernel> make_sine_kernel(double frequency, std::atomic<int>*) {
  return std::make_shared<SineKernel>(frequency);
}
}  // namespace keraunos
