// cuDNN states dimensions as (N, C, spatial…) for every memory order; the strides say that ours is channels last. One spatial
// dimension becomes two, the first of extent 1: a (1, W) image and a (1, K) filter.
//
//   x, w → convolution → v0 ─ add residual → v1 ─ add bias → v2 ─ relu → y    (absent steps are omitted; the last writes y)
//
// v0, v1 and v2 are virtual: they exist only inside the kernel, in float32.
#include "kernels/cuda/cudnn/convolution_graph.h"

#include "kernels/cuda/runtime/check.h"

namespace keraunos::cuda {
namespace {

cudnnDataType_t data_type(DType type) {
  switch (type) {
    case DType::float32: return CUDNN_DATA_FLOAT;
    case DType::float16: return CUDNN_DATA_HALF;
    case DType::bfloat16: return CUDNN_DATA_BFLOAT16;
    default: throw LibraryRefusal("cuDNN has no convolution of " + std::string(name_of(type)) + " in use here");
  }
}

/// One of the problem's arrays over cuDNN's axes; `before` is the value for the axis that a one-dimensional problem lacks.
std::vector<int64_t> axes(const ConvolutionProblem& p, const std::array<int64_t, 3>& values, int64_t before) {
  if (p.spatial == 1) return {before, values[0]};
  return {values.begin(), values.begin() + p.spatial};
}

/// (rows, channels, spatial…) in cuDNN's order.
std::vector<int64_t> dims_of(int64_t rows, int64_t channels, const std::vector<int64_t>& spatial) {
  std::vector<int64_t> dims{rows, channels};
  dims.insert(dims.end(), spatial.begin(), spatial.end());
  return dims;
}

/// Dense strides with the channels innermost.
std::vector<int64_t> strides_of(const std::vector<int64_t>& dims) {
  std::vector<int64_t> strides(dims.size(), 1);
  int64_t step = dims[1];
  for (size_t axis = dims.size() - 1; axis >= 2; --axis) {
    strides[axis] = step;
    step *= dims[axis];
  }
  strides[0] = step;
  return strides;
}

class GraphBuilder {
 public:
  GraphBuilder(const ConvolutionProblem& problem, cudnnHandle_t handle) : p_(problem), handle_(handle) {
    output_ = dims_of(p_.batch, p_.filters, axes(p_, p_.output(), 1));
    remaining_ = int{p_.residual} + int{p_.bias} + int{p_.activation != ConvolutionProblem::none};
  }

  Descriptor build() {
    Descriptor value = convolution();
    if (p_.residual) value = add(value, tensor(kResidual, output_));
    if (p_.bias) value = add(value, tensor(kBias, dims_of(1, p_.filters, std::vector<int64_t>(output_.size() - 2, 1))));
    if (p_.activation != ConvolutionProblem::none) value = activate(value);
    Descriptor graph(CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR);
    if (handle_ != nullptr) graph.set(CUDNN_ATTR_OPERATIONGRAPH_HANDLE, handle_);
    graph.set(CUDNN_ATTR_OPERATIONGRAPH_OPS, std::span<const Descriptor>(operations_));
    graph.finalize("describing a convolution to cuDNN");
    return graph;
  }

 private:
  Descriptor tensor(int64_t id, const std::vector<int64_t>& dims) {
    Descriptor t(CUDNN_BACKEND_TENSOR_DESCRIPTOR);
    t.set(CUDNN_ATTR_TENSOR_UNIQUE_ID, id)
        .set(CUDNN_ATTR_TENSOR_DATA_TYPE, id >= kFirstVirtual ? CUDNN_DATA_FLOAT : data_type(p_.type))
        .set(CUDNN_ATTR_TENSOR_DIMENSIONS, std::span<const int64_t>(dims))
        .set(CUDNN_ATTR_TENSOR_STRIDES, std::span<const int64_t>(strides_of(dims)))
        .set(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, id >= kFirstVirtual ? int64_t{16} : p_.alignment)
        .set(CUDNN_ATTR_TENSOR_IS_VIRTUAL, id >= kFirstVirtual);
    t.finalize("describing a tensor to cuDNN");
    return t;
  }

  /// The tensor that the next operation writes: the output if it is the last operation.
  Descriptor result() { return tensor(remaining_-- == 0 ? int64_t{kOutput} : next_virtual_++, output_); }

  Descriptor convolution() {
    const auto filter = axes(p_, p_.kernel, 1), input = axes(p_, p_.input, 1);
    Descriptor window(CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR);
    window.set(CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_DATA_FLOAT)
        .set(CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_CROSS_CORRELATION)
        .set(CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, static_cast<int64_t>(input.size()))
        .set(CUDNN_ATTR_CONVOLUTION_DILATIONS, std::span<const int64_t>(axes(p_, p_.dilation, 1)))
        .set(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, std::span<const int64_t>(axes(p_, p_.stride, 1)))
        .set(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, std::span<const int64_t>(axes(p_, p_.pad_low, 0)))
        .set(CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, std::span<const int64_t>(axes(p_, p_.pad_high, 0)))
        .finalize("describing a convolution's window to cuDNN");
    Descriptor y = result();
    operations_.emplace_back(CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR)
        .set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC, window)
        .set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X, tensor(kInput, dims_of(p_.batch, p_.channels, input)))
        .set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W, tensor(kFilter, dims_of(p_.filters, p_.channels / p_.groups, filter)))
        .set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y, y)
        .set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA, 1.0f)
        .set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA, 0.0f)
        .finalize("describing a convolution to cuDNN");
    return y;
  }

  Descriptor pointwise(cudnnPointwiseMode_t mode, const Descriptor& x, const Descriptor* b) {
    Descriptor function(CUDNN_BACKEND_POINTWISE_DESCRIPTOR);
    function.set(CUDNN_ATTR_POINTWISE_MODE, mode).set(CUDNN_ATTR_POINTWISE_MATH_PREC, CUDNN_DATA_FLOAT);
    function.finalize("describing an epilogue to cuDNN");
    Descriptor y = result();
    Descriptor& operation = operations_.emplace_back(CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR);
    operation.set(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, function).set(CUDNN_ATTR_OPERATION_POINTWISE_XDESC, x);
    if (b != nullptr) operation.set(CUDNN_ATTR_OPERATION_POINTWISE_BDESC, *b);
    operation.set(CUDNN_ATTR_OPERATION_POINTWISE_YDESC, y);
    operation.finalize("describing an epilogue to cuDNN");
    return y;
  }

  Descriptor add(const Descriptor& x, const Descriptor& b) { return pointwise(CUDNN_POINTWISE_ADD, x, &b); }
  Descriptor activate(const Descriptor& x) { return pointwise(CUDNN_POINTWISE_RELU_FWD, x, nullptr); }

  const ConvolutionProblem& p_;
  cudnnHandle_t handle_;
  std::vector<int64_t> output_;
  int remaining_;  // number of operations after the current one
  int64_t next_virtual_ = kFirstVirtual;
  std::vector<Descriptor> operations_;
};

}  // namespace

Descriptor convolution_graph(const ConvolutionProblem& problem, cudnnHandle_t handle) {
  return GraphBuilder(problem, handle).build();
}

}  // namespace keraunos::cuda
