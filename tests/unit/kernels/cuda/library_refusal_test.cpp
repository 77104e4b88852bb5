// Which errors of cuBLASLt and cuDNN mean that our own kernel is used instead, and which are reported to the caller.
#include <gtest/gtest.h>

#include "kernels/cuda/runtime/check.h"

namespace keraunos::cuda::tests {
namespace {

TEST(LibraryRefusal, IsWhatALibraryHasNoAlgorithmFor) {
  for (const cublasStatus_t status : {CUBLAS_STATUS_NOT_SUPPORTED, CUBLAS_STATUS_INVALID_VALUE, CUBLAS_STATUS_ARCH_MISMATCH}) {
    EXPECT_THROW(check(status, "multiplying"), LibraryRefusal) << status;
  }
  for (const cudnnStatus_t status : {CUDNN_STATUS_NOT_SUPPORTED, CUDNN_STATUS_NOT_SUPPORTED_SHAPE, CUDNN_STATUS_BAD_PARAM,
                                     CUDNN_STATUS_INTERNAL_ERROR_COMPILATION_FAILED}) {
    EXPECT_THROW(check(status, "convolving"), LibraryRefusal) << status;
  }
}

template <class Status>
bool passes_for_refusal(Status status) {
  try {
    check(status, "computing");
  } catch (const LibraryRefusal&) {
    return true;
  } catch (const DeviceError&) {
  }
  return false;
}

TEST(LibraryRefusal, IsNoLackOfMemoryAndNoLostGpu) {
  EXPECT_FALSE(passes_for_refusal(CUBLAS_STATUS_ALLOC_FAILED));
  EXPECT_FALSE(passes_for_refusal(CUBLAS_STATUS_EXECUTION_FAILED));
  EXPECT_FALSE(passes_for_refusal(CUBLAS_STATUS_NOT_INITIALIZED));
  EXPECT_FALSE(passes_for_refusal(CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED));
  EXPECT_FALSE(passes_for_refusal(CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED));
  EXPECT_FALSE(passes_for_refusal(CUDNN_STATUS_EXECUTION_FAILED));
  EXPECT_FALSE(passes_for_refusal(CUDNN_STATUS_NOT_INITIALIZED));
  EXPECT_FALSE(passes_for_refusal(cudaErrorMemoryAllocation));
}

}  // namespace
}  // namespace keraunos::cuda::tests
