// The ranges of host/run/ranges.h by NVTX 3, which is headers of the CUDA toolkit alone; in the toolkit from Python packages they
// have a package of their own, nvidia-nvtx.
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
