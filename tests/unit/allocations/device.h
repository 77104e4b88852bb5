// What the allocation tests ask of the device: one file answers for the CPU, one for CUDA over the stand-in.
#pragma once

#include <cstdint>

#include "host/run/device.h"

namespace keraunos {

/// Memory that was asked of the device since the process started (of this runtime, where each counts its own).
int64_t device_allocations(const host::DeviceRuntime& device);

/// The calling thread is inside the stand-in: what it allocates there a driver would.
bool plays_the_driver() noexcept;

/// A stream of the caller's; waits on destruction. Null on the CPU.
class CallersStream {
 public:
  CallersStream();
  ~CallersStream();
  CallersStream(const CallersStream&) = delete;
  CallersStream& operator=(const CallersStream&) = delete;
  CUstream_st* get() const noexcept { return stream_; }
  void synchronize() const;

 private:
  CUstream_st* stream_ = nullptr;
};

/// Memory of the device, for what Session::enqueue reads and writes.
std::shared_ptr<void> on_device(host::DeviceRuntime& device, const void* host, int64_t bytes);

}  // namespace keraunos
