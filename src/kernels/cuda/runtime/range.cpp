// Implements host/run/ranges.h with NVTX 3, which consists of headers of the CUDA toolkit. For a toolkit from Python packages
// they are in the package nvidia-nvtx.
#include "host/run/ranges.h"
#if __has_include(<nvtx3/nvToolsExt.h>)
#include <nvtx3/nvToolsExt.h>

namespace keraunos::host {

bool has_ranges() noexcept { return true; }
void begin_range(const char* name) noexcept { nvtxRangePushA(name); }
void end_range() noexcept { nvtxRangePop(); }

}  // namespace keraunos::host
#else

namespace keraunos::host {

bool has_ranges() noexcept { return false; }
void begin_range(const char*) noexcept {}
void end_range() noexcept {}

}  // namespace keraunos::host
#endif
