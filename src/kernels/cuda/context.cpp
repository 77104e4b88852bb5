#include "kernels/cuda/context.h"

#include "kernels/cuda/runtime/check.h"

namespace keraunos::cuda {

Context::Context(int index, const host::DeviceOptions& options)
    : device_(index), tf32_(options.tf32), properties_(properties_of(index)) {
  launch_ = {.multiprocessors = properties_.multiprocessors, .shared_bytes = properties_.shared_bytes};
}

Context::~Context() {
  if (cudnn_) cudnnSetStream(cudnn_.get(), nullptr);  // the stream it was used with last is gone
}

cublasLtHandle_t Context::cublaslt() const {
  if (!cublaslt_) {
    const DeviceScope scope(device_);
    check(cublasLtCreate(cublaslt_.receive()), "starting cuBLASLt");
  }
  return cublaslt_.get();
}

cudnnHandle_t Context::cudnn() const {
  if (!cudnn_) {
    const DeviceScope scope(device_);
    check(cudnnCreate(cudnn_.receive()), "starting cuDNN");
  }
  return cudnn_.get();
}

}  // namespace keraunos::cuda
