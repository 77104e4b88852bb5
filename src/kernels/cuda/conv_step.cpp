// A convolution runs in one of four ways: windows of one element are a matrix product; depthwise convolutions use our own
// kernels, which apply any chain of functions; most others use cuDNN, with residual, bias and relu; what cuDNN refuses (float64,
// no filters, unaligned memory of the caller) uses our direct kernel. The rest of an epilogue runs afterwards, in place.
#include <optional>

#include "keraunos/error.h"
#include "kernels/cuda/alignment.h"
#include "kernels/cuda/conv.h"
#include "kernels/cuda/cudnn/leased_convolution.h"
#include "kernels/cuda/epilogue.h"
#include "kernels/cuda/product_step.h"
#include "kernels/cuda/runtime/check.h"
#include "kernels/cuda/runtime/memory.h"
#include "kernels/cuda/window_shape.h"

namespace keraunos::cuda {
namespace {

ConvShape conv_shape(const Task& task, const host::Conv& op) {
  ConvShape s;
  Window window = op.window;
  const Shape& kernel = task.in(1).shape;
  for (size_t i = 0; i + 2 < kernel.size(); ++i) window.size[i] = kernel[i].size;
  s.window = window_shape(task.in(0).shape, task.out().shape, window);
  s.channels = task.in(0).shape.back().size, s.filters = kernel.back().size, s.groups = op.groups;
  s.tap_stride = kernel[kernel.size() - 2].size * s.filters, s.channel_stride = s.filters, s.filter_stride = 1;
  return s;
}

// Our own kernels, which apply chains themselves. `filters_first`: the kernel is already packed in cuDNN's layout.
class OwnConvStep final : public Step {
 public:
  OwnConvStep(const Task& task, const host::Conv& op, std::shared_ptr<const void> filters_first = nullptr)
      : Step(task.context),
        shape_(conv_shape(task, op)),
        packed_(std::move(filters_first)),
        type_(task.in(0).dtype),
        depthwise_(shape_.groups == shape_.channels && shape_.filters == shape_.channels),
        epilogue_(whole_epilogue(task.graph, task.node, op.epilogue)) {
    if (packed_) {
      shape_.filter_stride = host::elements_of(task.in(1).shape) / shape_.filters;
      shape_.tap_stride /= shape_.filters, shape_.channel_stride = 1;
    }
    kernel = depthwise_ ? "depthwise convolution" : "direct convolution";
    launches = epilogue_.empty() || epilogue_.plan.is_chain ? 1 : 2;
  }

 private:
  void run(const host::Operands& operands, cudaStream_t stream) const override {
    const Epilogue fused = epilogue_.plan.is_chain ? fuse(epilogue_, operands) : Epilogue{};
    const void* const weights = packed_ ? packed_.get() : operands.in[1];
    (depthwise_ ? launch_depthwise : launch_conv)(type_, shape_, operands.in[0], weights, fused, operands.out[0],
                                                  launch_context(), stream);
    if (epilogue_.empty() || epilogue_.plan.is_chain) return;
    launch_pointwise(epilogue_.plan, epilogue_.bind(operands, operands.out[0]), operands.out[0], launch_context(), stream);
  }

  ConvShape shape_;
  std::shared_ptr<const void> packed_;
  DType type_;
  bool depthwise_;
  BoundProgram epilogue_;
};

class CudnnConvStep final : public Step {
 public:
  CudnnConvStep(const Task& task, const host::Conv& op)
      : Step(task.context), split_(split_epilogue(task.graph, task.node, op.epilogue, {})) {
    const ConvolutionProblem problem = problem_of(task, op);
    plan_.emplace(task.context, problem);  // throws what cuDNN refuses before anything is packed
    weights_ = packed_kernel(task);
    own_.emplace(task, op, weights_);
    if (problem.bias && split_.bias < 0) make_zeros(task, problem.filters);
    workspace_bytes = (*plan_)->workspace_bytes();
    kernel = (*plan_)->kernel();
    launches = split_.rest.empty() ? 1 : 2;
  }

 private:
  ConvolutionProblem problem_of(const Task& task, const host::Conv& op) const {
    const Shape &x = task.in(0).shape, &kernel_shape = task.in(1).shape;
    ConvolutionProblem p;
    p.spatial = static_cast<int>(x.size()) - 2;
    p.batch = x[0].size, p.channels = x.back().size, p.filters = kernel_shape.back().size, p.groups = op.groups;
    for (size_t i = 0; i + 2 < x.size(); ++i) {
      p.input[i] = x[i + 1].size, p.kernel[i] = kernel_shape[i].size;
      p.stride[i] = op.window.stride[i], p.dilation[i] = op.window.dilation[i];
      p.pad_low[i] = op.window.low[i], p.pad_high[i] = op.window.high[i];
    }
    p.type = task.in(0).dtype;
    p.tf32 = p.type == DType::float32 && task.context->tf32();
    p.residual = split_.residual >= 0;
    p.activation = split_.relu ? ConvolutionProblem::relu : ConvolutionProblem::none;
    p.bias = split_.bias >= 0 || p.residual || split_.relu;
    p.alignment = kAlignment;
    return p;
  }

  // Packs Keras's (taps, channels, filters) as (filters, taps, channels).
  static std::shared_ptr<const void> packed_kernel(const Task& task) {
    const Shape& shape = task.in(1).shape;
    const int64_t filters = shape.back().size, depth = host::elements_of(shape) / filters;
    const std::shared_ptr<const Context> context = task.context;
    return task.constants.packed(task.node, 1, "cuda filters first", [context, filters, depth](const Tensor& tensor) {
      Walk<2> walk;
      walk.add_axis(filters, {depth, 1}), walk.add_axis(depth, {1, filters});
      return rearranged(*context, tensor, walk);
    });
  }

  void make_zeros(const Task& task, int64_t filters) {
    const int64_t bytes = filters * size_of(task.in(0).dtype);
    std::shared_ptr<void> zeros = allocate_device(task.context->device(), bytes);
    Stream stream(task.context->device());
    stream.fill_zero(zeros.get(), bytes);
    stream.synchronize();
    zeros_ = std::move(zeros);
  }

  void run(const host::Operands& operands, cudaStream_t stream) const override {
    const auto operand = [&](int index) { return index < 0 ? nullptr : operands.in[static_cast<size_t>(index)]; };
    const void* const residual = operand(split_.residual);
    const void* const bias = split_.bias < 0 ? zeros_.get() : operand(split_.bias);
    if (!is_aligned({operands.in[0], residual, bias, operands.out[0]})) return own_->enqueue(operands);
    plan_->enqueue(operands.in[0], weights_.get(), residual, bias, operands.out[0], operands.workspace, stream);
    if (split_.rest.empty()) return;
    launch_pointwise(split_.rest.plan, split_.rest.bind(operands, operands.out[0]), operands.out[0], launch_context(), stream);
  }

  EpilogueSplit split_;
  std::optional<LeasedConvolution> plan_;
  std::shared_ptr<const void> weights_, zeros_;
  std::optional<OwnConvStep> own_;  // for unaligned memory
};

// A window of one element without padding or strides: every position is a row of a matrix product.
std::optional<ProductForm> as_product(const Task& task, const host::Conv& op) {
  const Shape &x = task.in(0).shape, &kernel = task.in(1).shape, &y = task.out().shape;
  if (op.groups != 1) return std::nullopt;
  for (size_t i = 0; i + 2 < kernel.size(); ++i) {
    if (kernel[i].size != 1 || op.window.stride[i] != 1 || op.window.low[i] != 0 || op.window.high[i] != 0) return std::nullopt;
  }
  ProductForm form;
  form.inner = x.back().size, form.columns = y.back().size;
  form.rows = 1;
  for (size_t i = 0; i + 1 < x.size(); ++i) form.rows *= x[i].size;
  return form;
}

bool is_depthwise(const Task& task, const host::Conv& op) {
  return op.groups > 1 && op.groups == task.in(0).shape.back().size && task.in(1).shape.back().size == op.groups;
}

}  // namespace

host::Verdict support(const Query& query, const host::Conv& op) {
  const DType type = query.in(0).dtype;
  if (!is_floating(type)) return host::refused("convolutions of " + std::string(name_of(type)));
  if (!op.epilogue.empty() && op.epilogue.result() != type)
    return host::refused("an epilogue that changes the type of the product");
  if (type == DType::float64) return host::slow("float64 convolutions run on a simple kernel");
  if (query.is_constant(1)) return if_compiled(op.epilogue);
  return host::slow("a convolution whose kernel is computed runs on a simple kernel");
}

StepPointer make_step(const Task& task, const host::Conv& op) {
  if (const auto form = as_product(task, op)) return make_product(task, *form, op.epilogue);
  if (is_depthwise(task, op) || !task.graph.is_constant(task.node.in[1]) || task.in(0).dtype == DType::float64) {
    return std::make_unique<OwnConvStep>(task, op);
  }
  try {
    return std::make_unique<CudnnConvStep>(task, op);
  } catch (const LibraryRefusal& error) {
    auto step = std::make_unique<OwnConvStep>(task, op);
    step->kernel += std::string(" (") + error.what() + ")";
    return step;
  }
}

}  // namespace keraunos::cuda
