// What this processor calls itself.
#pragma once

#include <string>

namespace keraunos::cpu {

/// "AMD EPYC 7763 64-Core Processor", or "CPU" where it does not say.
std::string processor_name();

}  // namespace keraunos::cpu
