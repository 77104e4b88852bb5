// Selects the schedule of the stand-in. Does nothing where the real libraries are linked.
#pragma once

#include <cstdint>

namespace keraunos {
void set_scheduler_seed(uint64_t seed);
}
