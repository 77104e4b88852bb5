// A CUDA stream that implements host::Stream, and its recordings (CUDA graphs). Our streams are non-blocking: they never wait for
// the default stream or block it.
#pragma once

#include <cuda_runtime_api.h>

#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "host/run/device.h"

namespace keraunos::cuda {

/// The first exception that a host function threw, kept until the next synchronisation.
class FaultSlot {
 public:
  void keep(std::exception_ptr fault) noexcept;
  void rethrow();

 private:
  std::mutex mutex_;
  std::exception_ptr fault_;
};

/// One host function in a stream. `once`: it is deleted after it ran; recorded ones belong to their Recording.
struct HostWork {
  std::function<void()> work;
  std::shared_ptr<FaultSlot> faults;
  bool once;
};

class Stream final : public host::Stream {
 public:
  /// A new stream.
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
  /// UsageError on a caller's stream that is being captured, because nothing would own the function.
  void host(std::function<void()> work) override;
  /// Blocks, and throws what a host function threw.
  void synchronize() override;
  void rethrow() override { faults_->rethrow(); }
  /// Null when the stream is the caller's and is being captured: its steps then go into the caller's graph. Also null when a call
  /// of another thread of the process (cudaDeviceSynchronize, for example) invalidated the capture.
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
  std::vector<std::unique_ptr<HostWork>>* recorded_ = nullptr;  // receives host functions while recording
};

/// The CUDA stream under a host::Stream of this device.
inline cudaStream_t stream_of(const host::Stream& stream) noexcept { return static_cast<const Stream&>(stream).get(); }

}  // namespace keraunos::cuda
