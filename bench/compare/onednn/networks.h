#pragma once

#include <vector>

#include "layer.h"

namespace keraunos::bench {

std::vector<Layer> networks();

}  // namespace keraunos::bench
