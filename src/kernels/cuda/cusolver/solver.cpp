#include "kernels/cuda/cusolver/solver.h"

#include "keraunos/error.h"
#include "kernels/cuda/runtime/check.h"
#include "kernels/cuda/runtime/properties.h"

namespace keraunos::cuda {
namespace {

std::string name_of(cusolverStatus_t status) {
  switch (status) {
    case CUSOLVER_STATUS_NOT_INITIALIZED: return "CUSOLVER_STATUS_NOT_INITIALIZED";
    case CUSOLVER_STATUS_ALLOC_FAILED: return "CUSOLVER_STATUS_ALLOC_FAILED";
    case CUSOLVER_STATUS_INVALID_VALUE: return "CUSOLVER_STATUS_INVALID_VALUE";
    case CUSOLVER_STATUS_ARCH_MISMATCH: return "CUSOLVER_STATUS_ARCH_MISMATCH";
    case CUSOLVER_STATUS_EXECUTION_FAILED: return "CUSOLVER_STATUS_EXECUTION_FAILED";
    case CUSOLVER_STATUS_INTERNAL_ERROR: return "CUSOLVER_STATUS_INTERNAL_ERROR";
    case CUSOLVER_STATUS_NOT_SUPPORTED: return "CUSOLVER_STATUS_NOT_SUPPORTED";
    default: return "status " + std::to_string(static_cast<int>(status));
  }
}

[[noreturn]] void throw_device_error(const std::string& words, bool no_memory) {
  throw DeviceError(no_memory ? words + ": there is not enough memory; a smaller batch needs less" : words);
}

}  // namespace

void check(cusolverStatus_t status, const std::string& what) {
  if (status == CUSOLVER_STATUS_SUCCESS) return;
  throw_device_error(what + " failed: cuSOLVER says " + name_of(status), status == CUSOLVER_STATUS_ALLOC_FAILED);
}

void check_blas(cublasStatus_t status, const std::string& what) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  throw_device_error(what + " failed: cuBLAS says " + cublasLtGetStatusName(status), is_out_of_memory(status));
}

Solver::Solver(int device) : device_(device), functions_(load_solver()), idle_(device) {
  const DeviceScope scope(device);
  try {
    check(cudaEventCreateWithFlags(last_.receive(), cudaEventDisableTiming), "creating a CUDA event");
    check(functions_.cusolverDnCreate(&dense_), "starting cuSOLVER");
    check_blas(functions_.cublasCreate_v2(&blas_), "starting cuBLAS");
    check(functions_.cusolverDnSetStream(dense_, idle_.get()), "giving cuSOLVER a stream");
    check_blas(functions_.cublasSetStream_v2(blas_, idle_.get()), "giving cuBLAS a stream");
    check(functions_.cusolverDnCreateSyevjInfo(&eigen_), "making parameters for eigenvalues");
    check(functions_.cusolverDnCreateGesvdjInfo(&singular_), "making parameters for singular values");
  } catch (...) {
    destroy();
    throw;
  }
  EndingScope::watch_for_the_end();
}

Solver::~Solver() {
  const EndingScope scope(device_);
  if (scope)
    destroy();
  else
    static_cast<void>(last_.release());
}

void Solver::destroy() noexcept {
  if (singular_ != nullptr) functions_.cusolverDnDestroyGesvdjInfo(singular_);
  if (eigen_ != nullptr) functions_.cusolverDnDestroySyevjInfo(eigen_);
  if (blas_ != nullptr) functions_.cublasDestroy_v2(blas_);
  if (dense_ != nullptr) functions_.cusolverDnDestroy(dense_);
}

Solver::Lease::Lease(const Solver& solver, cudaStream_t stream) : Lease(solver) {
  cudaStreamCaptureStatus status = cudaStreamCaptureStatusNone;
  cuda::check(cudaStreamIsCapturing(stream, &status), "asking whether a stream is being captured");
  if (status != cudaStreamCaptureStatusNone)
    throw UsageError(
        "the stream is being captured, but this model factors matrices with cuSOLVER, which cannot be captured; enqueue it "
        "outside "
        "of the capture");
  cuda::check(cudaStreamWaitEvent(stream, solver.last_.get(), 0), "waiting for the last use of cuSOLVER");
  enqueues_ = true, stream_ = stream;
  cuda::check(solver.functions_.cusolverDnSetStream(solver.dense_, stream), "giving cuSOLVER a stream");
  check_blas(solver.functions_.cublasSetStream_v2(solver.blas_, stream), "giving cuBLAS a stream");
}

// Also after a delegating constructor that threw: the handles return to their own stream.
Solver::Lease::~Lease() {
  if (!enqueues_) return;
  static_cast<void>(cudaEventRecord(solver_.last_.get(), stream_));
  static_cast<void>(solver_.functions_.cusolverDnSetStream(solver_.dense_, solver_.idle_.get()));
  static_cast<void>(solver_.functions_.cublasSetStream_v2(solver_.blas_, solver_.idle_.get()));
}

}  // namespace keraunos::cuda
