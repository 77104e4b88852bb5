// Convolution with its epilogue, as one cuDNN execution plan.
#pragma once

#include <cudnn.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "keraunos/dtype.h"
#include "kernels/cuda/cudnn/descriptor.h"

namespace keraunos::cuda {

/// y = activation(convolution(x, w) + residual + bias), in exactly this order: precompiled engines of cuDNN support no other. x
/// (N, input…, C), w (F, kernel…, C/groups), residual and y (N, output…, F), bias (F): dense, channels last. All of one type.
struct ConvolutionProblem {
  /// The last steps that precompiled engines support; every other function runs as a pointwise kernel after the convolution.
  enum Activation : uint8_t { none, relu };

  int spatial = 2;  ///< 1 to 3; arrays below use the first `spatial` entries
  int64_t batch = 1, channels = 1, filters = 1, groups = 1;
  std::array<int64_t, 3> input{1, 1, 1}, kernel{1, 1, 1}, stride{1, 1, 1}, dilation{1, 1, 1}, pad_low{0, 0, 0}, pad_high{0, 0, 0};
  DType type = DType::float32;          ///< float32, float16 or bfloat16; accumulation is in float32
  bool tf32 = false;                    ///< float32 only: products may round their operands to 10 bits of mantissa
  bool residual = false, bias = false;  ///< a residual or an activation needs a bias, of zeros if necessary
  Activation activation = none;
  int64_t alignment = 16;                     ///< bytes that every operand's address is a multiple of
  int64_t most_workspace = int64_t{1} << 30;  ///< plans that need more are skipped

  std::array<int64_t, 3> output() const;
};

/// A kernel chosen for one problem. Used by one thread at a time, with the handle that created it, which must outlive it
/// (LeasedConvolution).
class ConvolutionPlan {
 public:
  /// Asks cuDNN for an engine. LibraryRefusal with a description of the problem when no precompiled engine supports it.
  ConvolutionPlan(cudnnHandle_t handle, const ConvolutionProblem& problem);
  /// The same for a recorded description of a GPU, which need not exist; such a plan cannot run.
  ConvolutionPlan(std::string_view device_json, const ConvolutionProblem& problem);

  /// The reason why no plan can be made, found without calling cuDNN; absent when one may try.
  static std::optional<std::string> refusal(const ConvolutionProblem& problem);

  /// Leaks the plan instead of destroying it, for a process that is ending.
  void abandon() noexcept { plan_->abandon(); }
  int64_t workspace_bytes() const noexcept { return workspace_bytes_; }
  /// "cuDNN engine 38", for the plan's text.
  const std::string& kernel() const noexcept { return kernel_; }

  /// Enqueues the convolution on `stream`; `handle` is that of the constructor. residual and bias are ignored where the problem
  /// has none. y must not overlap any input.
  void enqueue(cudnnHandle_t handle, const void* x, const void* w, const void* residual, const void* bias, void* y,
               void* workspace, cudaStream_t stream) const;

 private:
  struct Target;
  void build(const Target& target, const ConvolutionProblem& problem);

  std::optional<Descriptor> plan_;
  int64_t workspace_bytes_ = 0;
  std::string kernel_;
  bool residual_ = false, bias_ = false;
};

}  // namespace keraunos::cuda
