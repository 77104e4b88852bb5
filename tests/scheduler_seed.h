// The one thing a test says to the stand-in: which of its schedules to run. Does nothing where the real libraries are linked.
#pragma once

#include <cstdint>

namespace keraunos {
void set_scheduler_seed(uint64_t seed);
}
