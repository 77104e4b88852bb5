// Which device a test program is about. Its objects are linked twice, for the CPU and for the CUDA device; one file of each
// program says which.
#pragma once

#include "keraunos/model.h"

namespace keraunos {

Device device_under_test();

}  // namespace keraunos
