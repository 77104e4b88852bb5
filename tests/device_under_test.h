// Which device a test program is about. Programs that are built twice (for the CPU, and for the CUDA device over the stand-in) say it by a
// definition in CMake, so that one source holds for both.
#pragma once

#include <string_view>

#include "keraunos/model.h"

namespace keraunos {

inline Device device_under_test() {
  return std::string_view(KERAUNOS_TEST_DEVICE) == "cuda" ? Device{.kind = Device::cuda} : Device{};
}

}  // namespace keraunos
