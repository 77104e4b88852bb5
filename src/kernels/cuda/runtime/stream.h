// A CUDA stream as the host sees it, and recordings of one (CUDA graphs). Ours are non-blocking: nothing here ever waits for, or
// holds up, the default stream.
#pragma once

#include <cuda_runtime_api.h>

#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "host/run/device.h"

namespace keraunos::cuda {

/// The first exception that a host function threw, kept until somebody waits.
class FaultSlot {
 public:
  void keep(std::exception_ptr fault) noexcept;
  void rethrow();

 private:
  std::mutex mutex_;
  std::exception_ptr fault_;
};

/// One host function in a stream. `once` tells whether running it ends its life: recorded ones belong to their Recording.
struct HostWork {
  std::function<void()> work;
  std::shared_ptr<FaultSlot> faults;
  bool once;
};

class Stream final : public host::Stream {
 public:
  /// A stream of our own.
  explicit Stream(int device);
  /// The caller's stream, which outlives this object.
  Stream(int device, cudaStream_t borrowed);
  ~Stream() override;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  void copy_in(void* device, const void* host, int64_t bytes) override;
  void copy_out(void* host, const void* device, int64_t bytes) override;
  void copy(void* to, const void* from, int64_t bytes) override;
  void fill_zero(void* device, int64_t bytes) override { fill(device, 0, bytes); }
  void fill_invalid(void* device, int64_t bytes) override { fill(device, 0xFF, bytes); }
  /// UsageError on a caller's stream that is being captured: the function's life would have no owner.
  void host(std::function<void()> work) override;
  /// Waits, and throws what a host function threw.
  void synchronize() override;
  void rethrow() override { faults_->rethrow(); }
  /// Null when the stream is the caller's and is itself being captured: its steps then go into the caller's graph. Null as well
  /// when a call of another thread of the process (cudaDeviceSynchronize, say) ended the capture.
  std::unique_ptr<host::Recording> record(const std::function<void()>& work) override;

  cudaStream_t get() const noexcept { return stream_; }
  int device() const noexcept { return device_; }
  bool capturing() const;

 private:
  void fill(void* device, int value, int64_t bytes);
  void transfer(void* to, const void* from, int64_t bytes, cudaMemcpyKind kind, const char* what);

  int device_;
  bool owned_;
  cudaStream_t stream_ = nullptr;
  std::shared_ptr<FaultSlot> faults_ = std::make_shared<FaultSlot>();
  std::vector<std::unique_ptr<HostWork>>* recorded_ = nullptr;  // where host functions go while recording
};

/// The CUDA stream under a host::Stream of this device.
inline cudaStream_t stream_of(const host::Stream& stream) noexcept { return static_cast<const Stream&>(stream).get(); }

}  // namespace keraunos::cuda
