#include "scheduler_seed.h"
#include "standin/operation.h"

namespace keraunos {
void set_scheduler_seed(uint64_t seed) { standin::set_seed(seed); }
}  // namespace keraunos
