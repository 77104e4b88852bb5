// The name of this processor.
#pragma once

#include <string>

namespace keraunos::cpu {

/// "AMD EPYC 7763 64-Core Processor", or "CPU" where the processor has no name.
std::string processor_name();

}  // namespace keraunos::cpu
