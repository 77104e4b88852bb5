#include "kernels/cuda/runtime/mark.h"

#include "kernels/cuda/runtime/check.h"
#include "kernels/cuda/runtime/properties.h"
#include "kernels/cuda/runtime/stream.h"

namespace keraunos::cuda {

Mark::Mark(int device) : device_(device) {
  const DeviceScope scope(device);
  check(cudaEventCreateWithFlags(event_.receive(), cudaEventDisableTiming | cudaEventBlockingSync), "creating a CUDA event");
}

void Mark::set(host::Stream& stream) {
  const DeviceScope scope(device_);
  if (static_cast<const Stream&>(stream).capturing()) return;
  check(cudaEventRecord(event_.get(), stream_of(stream)), "recording a CUDA event");
}

void Mark::wait() {
  const DeviceScope scope(device_);
  check(cudaEventSynchronize(event_.get()), "waiting for the GPU");
}

}  // namespace keraunos::cuda
