// Memory of a CUDA device for programs that receive addresses of it: allocations, and copies from and to it.
#pragma once

#include <cstdint>
#include <memory>

#include "keraunos/export.h"
#include "keraunos/tensor.h"

namespace keraunos {

namespace host {
class DeviceRuntime;
class Stream;
}  // namespace host

/// The memory of one CUDA device. Copies run in the order of their calls, on a stream of their own; wait() waits for them. They
/// do not wait for work of other streams. One thread at a time may use an object.
class KERAUNOS_API DeviceMemory {
 public:
  /// DeviceError: there is no such device, or this build has no CUDA. UsageError: the CPU, whose memory needs no such copies.
  explicit DeviceMemory(Device device);
  DeviceMemory(DeviceMemory&&) noexcept;             ///< the other may only be assigned to or destroyed
  DeviceMemory& operator=(DeviceMemory&&) noexcept;  ///< ends the use of the device that it held
  ~DeviceMemory();                                   ///< does not wait

  Device device() const noexcept { return device_; }  ///< whose memory it is
  /// Memory that is freed with the last copy of the pointer, aligned for every dtype. DeviceError where there is not enough.
  [[nodiscard]] std::shared_ptr<void> allocate(int64_t bytes);
  void copy_in(void* device, const void* host, int64_t bytes);   ///< from memory of the CPU, unchanged until wait()
  void copy_out(void* host, const void* device, int64_t bytes);  ///< to memory of the CPU, complete after wait()
  void copy(void* to, const void* from, int64_t bytes);          ///< inside the device's memory
  void wait();                                                   ///< until all copies so far are complete

 private:
  Device device_;
  std::shared_ptr<host::DeviceRuntime> runtime_;
  std::unique_ptr<host::Stream> stream_;
};

}  // namespace keraunos
