// A convolution's plan for all threads of a device: one thread at a time may use cuDNN to create, run or destroy it.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "kernels/cuda/context.h"
#include "kernels/cuda/cudnn/convolution.h"

namespace keraunos::cuda {

class LeasedConvolution {
 public:
  LeasedConvolution(std::shared_ptr<const Context> context, const ConvolutionProblem& problem) : context_(std::move(context)) {
    const Context::CudnnPlanning cudnn(*context_);
    plan_.emplace(cudnn.get(), problem);
    EndingScope::watch_for_the_end();
  }
  /// cuDNN from 9.10 on may crash while it destroys a plan (PyTorch pull request 169153). So the plan is destroyed under the
  /// process-wide lock with its GPU current, and is leaked when the process is ending.
  ~LeasedConvolution() {
    const EndingScope scope(context_->device());
    if (!scope) {
      plan_->abandon();
      return;
    }
    const Context::CudnnPlanning cudnn(*context_);
    plan_.reset();
  }
  LeasedConvolution(const LeasedConvolution&) = delete;
  LeasedConvolution& operator=(const LeasedConvolution&) = delete;

  const ConvolutionPlan* operator->() const noexcept { return &*plan_; }
  void enqueue(const void* x, const void* w, const void* residual, const void* bias, void* y, void* workspace,
               cudaStream_t stream) const {
    std::unique_lock<std::mutex> alone;  // the first run may load kernels, as creating a plan does
    if (!has_run_.load(std::memory_order_acquire)) alone = std::unique_lock(Context::CudnnPlanning::mutex());
    const Context::CudnnLease cudnn(*context_);
    plan_->enqueue(cudnn.get(), x, w, residual, bias, y, workspace, stream);
    has_run_.store(true, std::memory_order_release);
  }

 private:
  std::shared_ptr<const Context> context_;
  std::optional<ConvolutionPlan> plan_;
  mutable std::atomic<bool> has_run_ = false;
};

}  // namespace keraunos::cuda
