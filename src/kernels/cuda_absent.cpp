#include "host/run/other_work.h"
#include "host/run/ranges.h"
#include "keraunos/error.h"
#include "kernels/cuda_device.h"

namespace keraunos::cuda {

std::shared_ptr<host::DeviceRuntime> make_cuda_device(int index, const host::DeviceOptions&) {
  throw DeviceError("cuda:" + std::to_string(index) +
                    " was asked for, but this build of Keraunos has no CUDA; configure with -DKERAUNOS_CUDA=ON, "
                    "or ask for the cpu");
}

int cuda_device_count() { return 0; }

}  // namespace keraunos::cuda

namespace keraunos::host {

bool has_ranges() noexcept { return false; }
void begin_range(const char*) noexcept {}
void end_range() noexcept {}

CUstream_st* handle_of(const Stream&) noexcept { return nullptr; }
void start_after(Stream&, CUstream_st*) {}
keraunos::Device place_of(const keraunos::Device&, const void*) { return {}; }

}  // namespace keraunos::host
