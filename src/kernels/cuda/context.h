// What all steps of one GPU share.
#pragma once

#include <cublasLt.h>
#include <cudnn.h>

#include <memory>
#include <mutex>
#include <vector>

#include "host/run/device.h"
#include "kernels/cuda/grid.h"
#include "kernels/cuda/runtime/handle.h"
#include "kernels/cuda/runtime/properties.h"

namespace keraunos::cuda {

using CublasLtHandle = Handle<cublasLtHandle_t, cublasLtDestroy>;
using CudnnHandle = Handle<cudnnHandle_t, cudnnDestroy>;

class Context {
 public:
  Context(int index, const host::DeviceOptions& options);

  int device() const noexcept { return device_; }
  const Properties& properties() const noexcept { return properties_; }
  const LaunchContext& launch() const noexcept { return launch_; }
  bool tf32() const noexcept { return tf32_; }

  /// Made on first use: a model without products never loads the library.
  cublasLtHandle_t cublaslt() const;
  /// The same for one thread at a time, for as long as the lease lives. The manual lets threads share a handle; but two of five runs of the unit tests
  /// on a GPU ended in SIGSEGV, why is not known (bench/NOTES.md), calls are short, and a recorded graph has none.
  class CublasLtLease {
   public:
    explicit CublasLtLease(const Context& context) : lock_(context.cublaslt_mutex_), handle_(context.cublaslt()) {}
    cublasLtHandle_t get() const noexcept { return handle_; }

   private:
    std::lock_guard<std::mutex> lock_;
    cublasLtHandle_t handle_;
  };

  /// A cuDNN handle for as long as the lease lives. Handles are used by one thread at a time, and making one is slow: they come from a pool
  /// that the preparation of a convolution fills.
  class CudnnLease {
   public:
    explicit CudnnLease(const Context& context) : context_(context), handle_(context.take_cudnn()) {}
    ~CudnnLease() { context_.give_cudnn(std::move(handle_)); }
    CudnnLease(const CudnnLease&) = delete;
    CudnnLease& operator=(const CudnnLease&) = delete;
    cudnnHandle_t get() const noexcept { return handle_.get(); }

   private:
    const Context& context_;
    CudnnHandle handle_;
  };

 private:
  CudnnHandle take_cudnn() const;
  void give_cudnn(CudnnHandle handle) const noexcept;

  int device_;
  bool tf32_;
  Properties properties_;
  LaunchContext launch_;
  mutable std::mutex mutex_, cublaslt_mutex_;
  mutable CublasLtHandle cublaslt_;
  mutable std::vector<CudnnHandle> cudnn_;
};

}  // namespace keraunos::cuda
