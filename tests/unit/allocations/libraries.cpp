// Heap allocations inside cuBLASLt and cuDNN are not counted: the linker redirects calls of these libraries here (--wrap), and
// the thread is marked during each call.
#include "unit/allocations/libraries.h"

#include <cublasLt.h>
#include <cudnn.h>

namespace {
thread_local int depth = 0;
}  // namespace

namespace keraunos {
bool inside_a_library() noexcept { return depth > 0; }
InsideALibrary::InsideALibrary() noexcept { ++depth; }
InsideALibrary::~InsideALibrary() { --depth; }
}  // namespace keraunos

using keraunos::InsideALibrary;

extern "C" {

cudnnStatus_t __real_cudnnBackendCreateDescriptor(cudnnBackendDescriptorType_t type, cudnnBackendDescriptor_t* made);
cudnnStatus_t __real_cudnnBackendSetAttribute(cudnnBackendDescriptor_t descriptor, cudnnBackendAttributeName_t name,
                                              cudnnBackendAttributeType_t type, int64_t count, const void* values);
cudnnStatus_t __real_cudnnBackendFinalize(cudnnBackendDescriptor_t descriptor);
cudnnStatus_t __real_cudnnSetStream(cudnnHandle_t handle, cudaStream_t stream);
cudnnStatus_t __real_cudnnBackendExecute(cudnnHandle_t handle, cudnnBackendDescriptor_t plan, cudnnBackendDescriptor_t pack);
cublasStatus_t __real_cublasLtMatmul(cublasLtHandle_t handle, cublasLtMatmulDesc_t product, const void* alpha, const void* a,
                                     cublasLtMatrixLayout_t a_layout, const void* b, cublasLtMatrixLayout_t b_layout,
                                     const void* beta, const void* c, cublasLtMatrixLayout_t c_layout, void* d,
                                     cublasLtMatrixLayout_t d_layout, const cublasLtMatmulAlgo_t* algorithm, void* workspace,
                                     size_t bytes, cudaStream_t stream);

cudnnStatus_t __wrap_cudnnBackendCreateDescriptor(cudnnBackendDescriptorType_t type, cudnnBackendDescriptor_t* made) {
  const InsideALibrary inside;
  return __real_cudnnBackendCreateDescriptor(type, made);
}

cudnnStatus_t __wrap_cudnnBackendSetAttribute(cudnnBackendDescriptor_t descriptor, cudnnBackendAttributeName_t name,
                                              cudnnBackendAttributeType_t type, int64_t count, const void* values) {
  const InsideALibrary inside;
  return __real_cudnnBackendSetAttribute(descriptor, name, type, count, values);
}

cudnnStatus_t __wrap_cudnnBackendFinalize(cudnnBackendDescriptor_t descriptor) {
  const InsideALibrary inside;
  return __real_cudnnBackendFinalize(descriptor);
}

cudnnStatus_t __wrap_cudnnSetStream(cudnnHandle_t handle, cudaStream_t stream) {
  const InsideALibrary inside;
  return __real_cudnnSetStream(handle, stream);
}

cudnnStatus_t __wrap_cudnnBackendExecute(cudnnHandle_t handle, cudnnBackendDescriptor_t plan, cudnnBackendDescriptor_t pack) {
  const InsideALibrary inside;
  return __real_cudnnBackendExecute(handle, plan, pack);
}

cublasStatus_t __wrap_cublasLtMatmul(cublasLtHandle_t handle, cublasLtMatmulDesc_t product, const void* alpha, const void* a,
                                     cublasLtMatrixLayout_t a_layout, const void* b, cublasLtMatrixLayout_t b_layout,
                                     const void* beta, const void* c, cublasLtMatrixLayout_t c_layout, void* d,
                                     cublasLtMatrixLayout_t d_layout, const cublasLtMatmulAlgo_t* algorithm, void* workspace,
                                     size_t bytes, cudaStream_t stream) {
  const InsideALibrary inside;
  return __real_cublasLtMatmul(handle, product, alpha, a, a_layout, b, b_layout, beta, c, c_layout, d, d_layout, algorithm,
                               workspace, bytes, stream);
}
}
