// Checks every call into CUDA and its libraries. The functions are inline, so that a program which uses one of the libraries need
// not link the others.
#pragma once

#include <cublasLt.h>
#include <cuda_runtime_api.h>
#include <cudnn.h>

#include <array>
#include <string>
#include <string_view>

#include "keraunos/error.h"

namespace keraunos::cuda {

/// A library does not support a problem of this type and shape: our own kernels are used. Any other DeviceError (no memory, a
/// lost GPU) is passed on.
struct LibraryRefusal : DeviceError {
  using DeviceError::DeviceError;
};

inline bool is_refusal(cublasStatus_t status) {
  return status == CUBLAS_STATUS_NOT_SUPPORTED || status == CUBLAS_STATUS_INVALID_VALUE || status == CUBLAS_STATUS_ARCH_MISMATCH;
}

inline bool is_out_of_memory(cublasStatus_t status) { return status == CUBLAS_STATUS_ALLOC_FAILED; }
inline bool is_out_of_memory(cudnnStatus_t status) {
  return status == CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED ||
         status == CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED;
}

/// cuDNN groups its errors by thousands: bad parameters, not supported, internal, execution failed.
inline bool is_refusal(cudnnStatus_t status) {
  return status >= CUDNN_STATUS_BAD_PARAM && status < CUDNN_STATUS_EXECUTION_FAILED && !is_out_of_memory(status);
}

/// Throws LibraryRefusal or DeviceError with this message; if memory is lacking, the message also says what to try.
template <class Status>
[[noreturn]] void throw_error(Status status, const std::string& words) {
  if (is_refusal(status)) throw LibraryRefusal(words);
  throw DeviceError(is_out_of_memory(status) ? words + ": there is not enough memory; a smaller batch needs less" : words);
}

/// Throws DeviceError "<what> failed: <the runtime's message>". Clears the runtime's last error, which it would otherwise report
/// to the next caller.
inline void check(cudaError_t status, std::string_view what) {
  if (status == cudaSuccess) return;
  static_cast<void>(cudaGetLastError());
  throw DeviceError(std::string(what) + " failed: CUDA says " + cudaGetErrorName(status) + ", " + cudaGetErrorString(status));
}

inline void check(cublasStatus_t status, std::string_view what) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  throw_error(status, std::string(what) + " failed: cuBLASLt says " + cublasLtGetStatusName(status) + ", " +
                          cublasLtGetStatusString(status));
}

inline void check(cudnnStatus_t status, std::string_view what) {
  if (status == CUDNN_STATUS_SUCCESS) return;
  std::array<char, 512> detail{};
  cudnnGetLastErrorString(detail.data(), detail.size());
  throw_error(status, std::string(what) + " failed: cuDNN says " + cudnnGetErrorString(status) +
                          (detail[0] != 0 ? std::string(", ") + detail.data() : std::string()));
}

}  // namespace keraunos::cuda
