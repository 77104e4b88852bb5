#include "standin/solver_handle.h"

#include <utility>

#include "keraunos/error.h"
#include "kernels/cuda/cusolver/functions.h"
#include "standin/cudnn_handle.h"
#include "standin/no_memory.h"

namespace standin {
namespace {

std::atomic<bool> solver_is_missing = false;

template <class Handle>
cusolverStatus_t create_handle(Handle** handle) {
  if (handle == nullptr) return CUSOLVER_STATUS_INVALID_VALUE;
  if (is_unloading()) die("a handle of cuSOLVER or cuBLAS is made while the process ends");
  if (lacks_memory()) return CUSOLVER_STATUS_ALLOC_FAILED;
  *handle = new Handle;
  count_library_object(1);
  return CUSOLVER_STATUS_SUCCESS;
}

bool has_stream(const SolverState& state) {
  const cudaStream_t stream = state.stream;
  return stream == nullptr || is_stream(stream);
}

template <class Handle>
cusolverStatus_t destroy_handle(Handle* handle) {
  if (handle == nullptr || handle->alive != SolverState::kAlive) return CUSOLVER_STATUS_NOT_INITIALIZED;
  if (is_unloading()) die("a handle of cuSOLVER or cuBLAS is destroyed while the process ends");
  if (!has_stream(*handle)) die("a handle of cuSOLVER or cuBLAS is destroyed whose stream is gone");
  handle->alive = 0;
  delete handle;
  count_library_object(-1);
  return CUSOLVER_STATUS_SUCCESS;
}

cusolverStatus_t set_stream_of(SolverState* state, cudaStream_t stream) {
  if (state == nullptr || state->alive != SolverState::kAlive) return CUSOLVER_STATUS_NOT_INITIALIZED;
  const bool lives = has_stream(*state);
  state->stream = stream;
  state->user = std::this_thread::get_id();
  return lives ? CUSOLVER_STATUS_SUCCESS : CUSOLVER_STATUS_INTERNAL_ERROR;
}

template <class Parameters>
cusolverStatus_t create_parameters(Parameters** parameters) {
  *parameters = new Parameters;
  count_library_object(1);
  return CUSOLVER_STATUS_SUCCESS;
}

template <class Parameters>
cusolverStatus_t destroy_parameters(Parameters* parameters) {
  delete parameters;
  count_library_object(-1);
  return CUSOLVER_STATUS_SUCCESS;
}

cublasStatus_t of_blas(cusolverStatus_t status) {
  switch (status) {
    case CUSOLVER_STATUS_SUCCESS: return CUBLAS_STATUS_SUCCESS;
    case CUSOLVER_STATUS_NOT_INITIALIZED: return CUBLAS_STATUS_NOT_INITIALIZED;
    case CUSOLVER_STATUS_ALLOC_FAILED: return CUBLAS_STATUS_ALLOC_FAILED;
    case CUSOLVER_STATUS_INVALID_VALUE: return CUBLAS_STATUS_INVALID_VALUE;
    default: return CUBLAS_STATUS_EXECUTION_FAILED;
  }
}

}  // namespace

void set_solver_missing(bool missing) { solver_is_missing = missing; }

cusolverStatus_t check_handle(const SolverState* state) {
  if (state == nullptr || state->alive != SolverState::kAlive) return CUSOLVER_STATUS_NOT_INITIALIZED;
  if (state->user.load() != std::this_thread::get_id() || !has_stream(*state)) return CUSOLVER_STATUS_INTERNAL_ERROR;
  return lacks_memory() ? CUSOLVER_STATUS_ALLOC_FAILED : CUSOLVER_STATUS_SUCCESS;
}

cusolverStatus_t enqueue_solver(const SolverState* state, const char* name, std::function<void()> run, std::vector<Range> reads,
                                std::vector<Range> writes) {
  if (const auto status = check_handle(state); status != CUSOLVER_STATUS_SUCCESS) return status;
  cudaStreamCaptureStatus captured = cudaStreamCaptureStatusNone;
  if (cudaStreamIsCapturing(state->stream, &captured) != cudaSuccess || captured != cudaStreamCaptureStatusNone)
    return CUSOLVER_STATUS_INTERNAL_ERROR;
  const cudaError_t status = submit(state->stream, name, std::move(run), std::move(reads), std::move(writes));
  return status == cudaSuccess ? CUSOLVER_STATUS_SUCCESS : CUSOLVER_STATUS_EXECUTION_FAILED;
}

}  // namespace standin

namespace keraunos::cuda {

SolverFunctions load_solver() {
  if (standin::solver_is_missing) throw DeviceError("libcusolver.so.12 was not found (the stand-in hides it)");
  SolverFunctions functions;
#define STANDIN_SET(name) functions.name = ::name
  KERAUNOS_SOLVER_FUNCTIONS(STANDIN_SET);
#undef STANDIN_SET
  return functions;
}

}  // namespace keraunos::cuda

using namespace standin;

extern "C" {

cusolverStatus_t cusolverDnCreate(cusolverDnHandle_t* handle) { return create_handle(handle); }
cusolverStatus_t cusolverDnDestroy(cusolverDnHandle_t handle) { return destroy_handle(handle); }
cusolverStatus_t cusolverDnSetStream(cusolverDnHandle_t handle, cudaStream_t stream) { return set_stream_of(handle, stream); }
cusolverStatus_t cusolverDnCreateSyevjInfo(syevjInfo_t* info) { return create_parameters(info); }
cusolverStatus_t cusolverDnDestroySyevjInfo(syevjInfo_t info) { return destroy_parameters(info); }
cusolverStatus_t cusolverDnCreateGesvdjInfo(gesvdjInfo_t* info) { return create_parameters(info); }
cusolverStatus_t cusolverDnDestroyGesvdjInfo(gesvdjInfo_t info) { return destroy_parameters(info); }

cublasStatus_t cublasCreate_v2(cublasHandle_t* handle) { return of_blas(create_handle(handle)); }
cublasStatus_t cublasDestroy_v2(cublasHandle_t handle) { return of_blas(destroy_handle(handle)); }
cublasStatus_t cublasSetStream_v2(cublasHandle_t handle, cudaStream_t stream) { return of_blas(set_stream_of(handle, stream)); }

}  // extern "C"
