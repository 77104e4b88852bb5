// The order between a stream of ours and work of other libraries on the same device. Defined by kernels/cuda, or by
// cuda_absent.cpp.
#pragma once

#include "host/run/device.h"

namespace keraunos::host {

/// The CUDA stream under a stream; null on the CPU.
CUstream_st* handle_of(const Stream& stream) noexcept;
/// What is enqueued on `stream` from now on starts after all that `other`, a stream of the same device, was given before.
/// UsageError where `other` is being captured, since it is unknown when its work will run.
void start_after(Stream& stream, CUstream_st* other);
/// Where an address that a caller gave as one of `device` lies: on which device, or in memory of the CPU. Managed memory lies on
/// `device`.
keraunos::Device place_of(const keraunos::Device& device, const void* address);

}  // namespace keraunos::host
