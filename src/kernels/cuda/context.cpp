#include "kernels/cuda/context.h"

#include <utility>

#include "kernels/cuda/cusolver/solver.h"
#include "kernels/cuda/runtime/check.h"

namespace keraunos::cuda {

Context::Context(int index, const host::DeviceOptions& options)
    : device_(index), tf32_(options.tf32), properties_(properties_of(index)) {
  launch_ = {.multiprocessors = properties_.multiprocessors, .shared_bytes = properties_.shared_bytes};
}

Context::~Context() {
  const EndingScope scope(device_);
  if (!scope) cudnn_.release(), cublaslt_.release();
  if (cudnn_) {
    const std::lock_guard lock(CudnnPlanning::mutex());
    cudnn_.reset();
  }
  cublaslt_.reset();
}

cublasLtHandle_t Context::cublaslt() const {
  if (!cublaslt_) {
    const DeviceScope scope(device_);
    check(cublasLtCreate(cublaslt_.receive()), "starting cuBLASLt");
  }
  return cublaslt_.get();
}

std::shared_ptr<const Solver> Context::solver() const {
  const std::lock_guard lock(solver_mutex_);
  if (!solver_) solver_ = std::make_shared<const Solver>(device_);
  return solver_;
}

std::mutex& Context::CudnnPlanning::mutex() {
  static std::mutex only;
  return only;
}

const Context& Context::started() const {
  if (cudnn_) return *this;
  const DeviceScope scope(device_);
  cudnn_idle_.emplace(device_);
  CudnnHandle handle;
  check(cudnnCreate(handle.receive()), "starting cuDNN");
  check(cudnnSetStream(handle.get(), cudnn_idle_->get()), "giving cuDNN a stream");
  cudnn_ = std::move(handle);
  return *this;
}

}  // namespace keraunos::cuda
