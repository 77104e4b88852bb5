// The handles of cuSOLVER and cuBLAS of one GPU.
#pragma once

#include <mutex>
#include <string>
#include <type_traits>

#include "kernels/cuda/cusolver/functions.h"
#include "kernels/cuda/runtime/handle.h"
#include "kernels/cuda/runtime/stream.h"

namespace keraunos::cuda {

/// Throws DeviceError with the library's words.
void check(cusolverStatus_t status, const std::string& what);
void check_blas(cublasStatus_t status, const std::string& what);

class Solver {
 public:
  /// Loads the libraries. DeviceError where they are missing.
  explicit Solver(int device);
  ~Solver();
  Solver(const Solver&) = delete;
  Solver& operator=(const Solver&) = delete;

  /// The handles for one thread, as long as the lease lives. A lease for a stream enqueues there. The handles have device memory
  /// of their own, so the work of a lease waits for that of the lease before it, on whichever stream. Between leases they have a
  /// stream that lives as long as they do, because sessions destroy theirs.
  class Lease {
   public:
    /// For questions about sizes.
    explicit Lease(const Solver& solver) : solver_(solver), lock_(solver.mutex_) {}
    /// UsageError while the caller captures the stream, which cuSOLVER does not support.
    Lease(const Solver& solver, cudaStream_t stream);
    ~Lease();
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    /// Calls a routine (Routines<T>) with the handle of its library.
    template <class Status, class Library, class... Parameters, class... Arguments>
    void call(Status (*SolverFunctions::*routine)(Library, Parameters...), const char* what, Arguments... arguments) const {
      if constexpr (std::is_same_v<Library, cublasHandle_t>)
        check_blas((solver_.functions_.*routine)(solver_.blas_, arguments...), what);
      else
        check((solver_.functions_.*routine)(solver_.dense_, arguments...), what);
    }
    syevjInfo_t eigen_parameters() const noexcept { return solver_.eigen_; }
    gesvdjInfo_t singular_parameters() const noexcept { return solver_.singular_; }

   private:
    const Solver& solver_;
    std::lock_guard<std::mutex> lock_;
    bool enqueues_ = false;
    cudaStream_t stream_ = nullptr;
  };

 private:
  void destroy() noexcept;

  int device_;
  SolverFunctions functions_;
  Stream idle_;
  Handle<cudaEvent_t, cudaEventDestroy> last_;  // recorded after the work of each lease
  cusolverDnHandle_t dense_ = nullptr;
  cublasHandle_t blas_ = nullptr;
  syevjInfo_t eigen_ = nullptr;  // of Jacobi's method, as the library sets them
  gesvdjInfo_t singular_ = nullptr;
  mutable std::mutex mutex_;
};

}  // namespace keraunos::cuda
