// The device of a test program. Its objects are linked twice, for the CPU and for the CUDA device; one file of each program
// selects the device.
#pragma once

#include "keraunos/model.h"

namespace keraunos {

Device device_under_test();

}  // namespace keraunos
