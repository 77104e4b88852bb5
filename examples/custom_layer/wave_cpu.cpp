#include "wave_kernel.h"
#include "wave_layer.h"

namespace example {
std::shared_ptr<const keraunos::Kernel> make_wave(float frequency) { return std::make_shared<Wave>(frequency); }
}  // namespace example
