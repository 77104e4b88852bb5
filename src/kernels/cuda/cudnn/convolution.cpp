#include "kernels/cuda/cudnn/convolution.h"

#include <utility>
#include <vector>

#include "kernels/cuda/cudnn/convolution_graph.h"
#include "kernels/cuda/cudnn/engines.h"
#include "kernels/cuda/runtime/check.h"

namespace keraunos::cuda {
namespace {

std::string list(const std::array<int64_t, 3>& values, int count) {
  std::string text = "(";
  for (int i = 0; i < count; ++i) text += (i == 0 ? "" : ", ") + std::to_string(values[static_cast<size_t>(i)]);
  return text + ")";
}

/// "a float32 convolution of (2, 28, 28, 3) with 8 filters (3, 3), stride (1, 1), …".
std::string describe(const ConvolutionProblem& p) {
  std::string text = "a " + std::string(name_of(p.type)) + " convolution of " + std::to_string(p.batch) + " × " +
                     list(p.input, p.spatial) + " × " + std::to_string(p.channels) + " with " + std::to_string(p.filters) +
                     " filters " + list(p.kernel, p.spatial) + ", stride " + list(p.stride, p.spatial) + ", dilation " +
                     list(p.dilation, p.spatial) + ", padding " + list(p.pad_low, p.spatial) + " and " +
                     list(p.pad_high, p.spatial);
  if (p.groups != 1) text += ", " + std::to_string(p.groups) + " groups";
  if (p.residual) text += ", a residual";
  if (p.bias) text += ", a bias";
  if (p.activation == ConvolutionProblem::relu) text += ", relu";
  return text;
}

bool all_positive(const ConvolutionProblem& p) {
  bool good = p.batch > 0 && p.channels > 0 && p.filters > 0 && p.groups > 0;
  for (size_t i = 0; i < static_cast<size_t>(p.spatial); ++i) {
    good = good && p.input[i] > 0 && p.kernel[i] > 0 && p.stride[i] > 0 && p.dilation[i] > 0 && p.pad_low[i] >= 0 &&
           p.pad_high[i] >= 0 && p.output()[i] > 0;
  }
  return good;
}

}  // namespace

std::array<int64_t, 3> ConvolutionProblem::output() const {
  std::array<int64_t, 3> result{1, 1, 1};
  for (size_t i = 0; i < static_cast<size_t>(spatial); ++i) {
    const int64_t reach = dilation[i] * (kernel[i] - 1) + 1, room = input[i] + pad_low[i] + pad_high[i] - reach;
    result[i] = room < 0 ? 0 : room / stride[i] + 1;
  }
  return result;
}

std::optional<std::string> ConvolutionPlan::refusal(const ConvolutionProblem& p) {
  if (p.type != DType::float32 && p.type != DType::float16 && p.type != DType::bfloat16) {
    return "cuDNN convolves float32, float16 and bfloat16 here, not " + std::string(name_of(p.type));
  }
  if (p.spatial < 1 || p.spatial > 3) return "cuDNN convolves over 1 to 3 spatial axes, not " + std::to_string(p.spatial);
  if (p.alignment < 1 || p.alignment % size_of(p.type) != 0) {
    return "cuDNN takes alignments in multiples of an element's size, not " + std::to_string(p.alignment) + " for " +
           std::string(name_of(p.type));
  }
  if ((p.residual || p.activation != ConvolutionProblem::none) && !p.bias) {
    // Observed with cuDNN 9.19 for sm_90: with a bias (of zeros if necessary) dozens of precompiled engines, without one none.
    return "cuDNN adds a residual or an activation to a convolution only together with a bias";
  }
  if (!all_positive(p)) return "an extent of " + describe(p) + " is not positive";
  if (p.channels % p.groups != 0 || p.filters % p.groups != 0)
    return "the groups do not divide the channels and filters of " + describe(p);
  return std::nullopt;
}

struct ConvolutionPlan::Target {
  cudnnHandle_t handle = nullptr;
  std::optional<Descriptor> device{};  // set when there is no handle

  void aim(Descriptor& descriptor, cudnnBackendAttributeName_t device_attribute) const {
    if (device) descriptor.set(device_attribute, *device);
  }
};

ConvolutionPlan::ConvolutionPlan(cudnnHandle_t handle, const ConvolutionProblem& problem) {
  build(Target{.handle = handle}, problem);
}

ConvolutionPlan::ConvolutionPlan(std::string_view device_json, const ConvolutionProblem& problem) {
  Descriptor device(CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR);
  device.set_text(CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION, device_json).finalize("describing a GPU to cuDNN");
  build(Target{.device = std::move(device)}, problem);
}

void ConvolutionPlan::build(const Target& target, const ConvolutionProblem& p) {
  if (const auto reason = refusal(p)) throw LibraryRefusal(*reason);
  const EngineLimits limits{.exact_float32 = p.type == DType::float32 && !p.tf32, .most_workspace = p.most_workspace};
  auto chosen = choose_engine(
      convolution_graph(p, target.handle), limits,
      [&](Descriptor& heuristics) { target.aim(heuristics, CUDNN_ATTR_ENGINEHEUR_DEVICEPROP); },
      [&](Descriptor& plan) {
        target.aim(plan, CUDNN_ATTR_EXECUTION_PLAN_DEVICEPROP);
        if (target.handle != nullptr) plan.set(CUDNN_ATTR_EXECUTION_PLAN_HANDLE, target.handle);
      });
  if (!chosen) throw LibraryRefusal("cuDNN has no precompiled engine for " + describe(p));
  plan_ = std::move(chosen->plan);
  workspace_bytes_ = chosen->workspace_bytes;
  kernel_ = "cuDNN engine " + std::to_string(chosen->engine);
  residual_ = p.residual;
  bias_ = p.bias;
}

void ConvolutionPlan::enqueue(cudnnHandle_t handle, const void* x, const void* w, const void* residual, const void* bias, void* y,
                              void* workspace, cudaStream_t stream) const {
  std::array<int64_t, 5> ids{kInput, kFilter, kOutput};
  // cuDNN's variant pack has one pointer type for inputs and outputs.
  std::array<void*, 5> addresses{const_cast<void*>(x), const_cast<void*>(w), y};
  size_t count = 3;
  const auto add = [&](int64_t id, const void* address) {
    ids[count] = id;
    addresses[count++] = const_cast<void*>(address);
  };
  if (residual_) add(kResidual, residual);
  if (bias_) add(kBias, bias);
  Descriptor pack(CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR);
  pack.set(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, std::span<const int64_t>(ids).first(count))
      .set(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, std::span<void* const>(addresses).first(count))
      .set(CUDNN_ATTR_VARIANT_PACK_WORKSPACE, workspace)
      .finalize("giving cuDNN the addresses of a convolution");
  check(cudnnSetStream(handle, stream), "giving cuDNN a stream");
  check(cudnnBackendExecute(handle, plan_->get(), pack.get()), "running a convolution");
}

}  // namespace keraunos::cuda
