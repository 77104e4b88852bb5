#include "kernels/cuda/context.h"

#include <utility>

#include "kernels/cuda/runtime/check.h"

namespace keraunos::cuda {

Context::Context(int index, const host::DeviceOptions& options)
    : device_(index), tf32_(options.tf32), properties_(properties_of(index)) {
  launch_ = {.multiprocessors = properties_.multiprocessors, .shared_bytes = properties_.shared_bytes};
  cudnn_.reserve(64);  // so that giving back never allocates, unless more threads run at once
}

cublasLtHandle_t Context::cublaslt() const {
  const std::lock_guard lock(mutex_);
  if (!cublaslt_) {
    const DeviceScope scope(device_);
    check(cublasLtCreate(cublaslt_.receive()), "starting cuBLASLt");
  }
  return cublaslt_.get();
}

CudnnHandle Context::take_cudnn() const {
  {
    const std::lock_guard lock(mutex_);
    if (!cudnn_.empty()) {
      CudnnHandle handle = std::move(cudnn_.back());
      cudnn_.pop_back();
      return handle;
    }
  }
  const DeviceScope scope(device_);
  CudnnHandle handle;
  check(cudnnCreate(handle.receive()), "starting cuDNN");
  return handle;
}

void Context::give_cudnn(CudnnHandle handle) const noexcept {
  const std::lock_guard lock(mutex_);
  if (cudnn_.size() < cudnn_.capacity()) cudnn_.push_back(std::move(handle));
}

}  // namespace keraunos::cuda
