// State shared by all steps of one GPU.
#pragma once

#include <cublasLt.h>
#include <cudnn.h>

#include <memory>
#include <mutex>
#include <optional>

#include "host/run/device.h"
#include "kernels/cuda/grid.h"
#include "kernels/cuda/runtime/handle.h"
#include "kernels/cuda/runtime/properties.h"
#include "kernels/cuda/runtime/stream.h"

namespace keraunos::cuda {

using CublasLtHandle = Handle<cublasLtHandle_t, cublasLtDestroy>;
using CudnnHandle = Handle<cudnnHandle_t, cudnnDestroy>;

class LeasedConvolution;
class Solver;

class Context {
 public:
  Context(int index, const host::DeviceOptions& options);
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  int device() const noexcept { return device_; }
  const Properties& properties() const noexcept { return properties_; }
  const LaunchContext& launch() const noexcept { return launch_; }
  bool tf32() const noexcept { return tf32_; }

  /// Created on first use, so that a model without products never loads the library.
  cublasLtHandle_t cublaslt() const;
  /// A library's handle for one thread, as long as the lease lives. Calls are short, and a recorded graph makes none. cuBLASLt's
  /// manual allows threads to share a handle, but two of five runs of the unit tests on a GPU ended in SIGSEGV; the cause is
  /// unknown (bench/NOTES.md).
  class CublasLtLease {
   public:
    explicit CublasLtLease(const Context& context) : lock_(context.cublaslt_mutex_), handle_(context.cublaslt()) {}
    cublasLtHandle_t get() const noexcept { return handle_; }

   private:
    std::lock_guard<std::mutex> lock_;
    cublasLtHandle_t handle_;
  };

  /// cuSOLVER and cuBLAS, loaded on first use. DeviceError where they are missing.
  std::shared_ptr<const Solver> solver() const;

  class CudnnPlanning;
  /// The same for cuDNN and its plans: one handle creates, runs and destroys all plans, because cuDNN does not promise that
  /// threads may share a plan, or that a plan is independent of the handle that created it. Between leases the handle uses a
  /// stream that lives as long as the handle, because sessions destroy theirs.
  class CudnnLease {
   public:
    ~CudnnLease() { static_cast<void>(cudnnSetStream(handle_, idle_)); }
    CudnnLease(const CudnnLease&) = delete;
    CudnnLease& operator=(const CudnnLease&) = delete;
    cudnnHandle_t get() const noexcept { return handle_; }

   private:
    friend class LeasedConvolution;
    friend class CudnnPlanning;
    /// Precondition: the context has a cuDNN handle, which it has as soon as a plan exists.
    explicit CudnnLease(const Context& context)
        : lock_(context.cudnn_mutex_), handle_(context.cudnn_.get()), idle_(context.cudnn_idle_->get()) {}

    std::lock_guard<std::mutex> lock_;
    cudnnHandle_t handle_;
    cudaStream_t idle_;
  };

  /// A process-wide lock, held while a cuDNN handle or plan is created or destroyed and during a plan's first run
  /// (LeasedConvolution): cuDNN loads libraries then, and its manual asks that no other thread creates the first handle.
  class CudnnPlanning {
   public:
    explicit CudnnPlanning(const Context& context) : lock_(mutex()), lease_(context.started()) {}
    cudnnHandle_t get() const noexcept { return lease_.get(); }
    static std::mutex& mutex();

   private:
    std::lock_guard<std::mutex> lock_;
    CudnnLease lease_;
  };

 private:
  /// This context, after its cuDNN handle was created.
  const Context& started() const;

  int device_;
  bool tf32_;
  Properties properties_;
  LaunchContext launch_;
  mutable std::mutex cublaslt_mutex_, cudnn_mutex_, solver_mutex_;
  mutable std::shared_ptr<const Solver> solver_;
  mutable CublasLtHandle cublaslt_;
  mutable std::optional<Stream> cudnn_idle_;
  mutable CudnnHandle cudnn_;  // destroyed before that stream
};

}  // namespace keraunos::cuda
