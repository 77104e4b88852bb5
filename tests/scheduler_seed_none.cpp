#include "scheduler_seed.h"

namespace keraunos {
void set_scheduler_seed(uint64_t) {}
}  // namespace keraunos
