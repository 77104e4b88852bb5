// Every call into CUDA and its libraries is checked here. The functions are inline, so that a program which uses one of the
// libraries need not link the others.
#pragma once

#include <cublasLt.h>
#include <cuda_runtime_api.h>
#include <cudnn.h>

#include <array>
#include <string>
#include <string_view>

#include "keraunos/error.h"

namespace keraunos::cuda {

/// DeviceError "<what> failed: <the runtime's own words>". Takes the error out of the runtime, which would otherwise report it
/// again to the next caller that asks for the last error.
inline void check(cudaError_t status, std::string_view what) {
  if (status == cudaSuccess) return;
  static_cast<void>(cudaGetLastError());
  throw DeviceError(std::string(what) + " failed: CUDA says " + cudaGetErrorName(status) + ", " + cudaGetErrorString(status));
}

inline void check(cublasStatus_t status, std::string_view what) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  throw DeviceError(std::string(what) + " failed: cuBLASLt says " + cublasLtGetStatusName(status) + ", " +
                    cublasLtGetStatusString(status));
}

inline void check(cudnnStatus_t status, std::string_view what) {
  if (status == CUDNN_STATUS_SUCCESS) return;
  std::array<char, 512> detail{};
  cudnnGetLastErrorString(detail.data(), detail.size());
  throw DeviceError(std::string(what) + " failed: cuDNN says " + cudnnGetErrorString(status) +
                    (detail[0] != 0 ? std::string(", ") + detail.data() : std::string()));
}

}  // namespace keraunos::cuda
