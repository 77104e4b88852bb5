#include "standin/cudnn_chain.h"

#include <algorithm>

namespace standin {
namespace {

bool number_of(int type, Number& number) {
  switch (type) {
    case CUDNN_DATA_FLOAT: number = Number::float32; return true;
    case CUDNN_DATA_DOUBLE: number = Number::float64; return true;
    case CUDNN_DATA_HALF: number = Number::float16; return true;
    case CUDNN_DATA_BFLOAT16: number = Number::bfloat16; return true;
    case CUDNN_DATA_INT8: number = Number::int8; return true;
    case CUDNN_DATA_INT32: number = Number::int32; return true;
    default: return false;
  }
}

cudnnStatus_t linked_tensor(const Record& operation, cudnnBackendAttributeName_t name, TensorState& tensor) {
  const RecordPointer record = operation.link(name);
  if (!record || record->type != CUDNN_BACKEND_TENSOR_DESCRIPTOR)
    return refuse(CUDNN_STATUS_BAD_PARAM, "an operation lacks a tensor");
  if (!record->finalized) return refuse(CUDNN_STATUS_BAD_PARAM_NOT_FINALIZED, "an operation's tensor is not finalised");
  return read_tensor(*record, tensor);
}

Window read_window(const Record& record) {
  return {.stride = record.values<int64_t>(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES),
          .dilation = record.values<int64_t>(CUDNN_ATTR_CONVOLUTION_DILATIONS),
          .low = record.values<int64_t>(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS),
          .high = record.values<int64_t>(CUDNN_ATTR_CONVOLUTION_POST_PADDINGS),
          .flipped = record.value<int>(CUDNN_ATTR_CONVOLUTION_CONV_MODE, 0) == CUDNN_CONVOLUTION};
}

cudnnStatus_t read_convolution(const Record& operation, Chain& chain) {
  const RecordPointer window = operation.link(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC);
  if (!window || window->type != CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR)
    return refuse(CUDNN_STATUS_BAD_PARAM, "a convolution lacks its window");
  if (!window->finalized) return refuse(CUDNN_STATUS_BAD_PARAM_NOT_FINALIZED, "a convolution's window is not finalised");
  for (const cudnnStatus_t status : {linked_tensor(operation, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X, chain.x),
                                     linked_tensor(operation, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W, chain.w),
                                     linked_tensor(operation, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y, chain.y)}) {
    if (status != CUDNN_STATUS_SUCCESS) return status;
  }
  chain.window = read_window(*window);
  chain.alpha = operation.real(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA, 1);
  chain.beta = operation.real(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA, 0);
  return CUDNN_STATUS_SUCCESS;
}

/// Checks the extents of x, w, y and the window for consistency.
cudnnStatus_t check_extents(Chain& c) {
  const size_t rank = c.x.dims.size(), spatial = rank - 2;
  if (rank < 4 || rank > 5 || c.w.dims.size() != rank || c.y.dims.size() != rank || c.window.stride.size() != spatial) {
    return refuse(CUDNN_STATUS_BAD_PARAM, "the ranks of a convolution's tensors and window differ, or are not 4 or 5");
  }
  if (c.w.dims[1] == 0 || c.x.dims[1] == 0 || c.x.dims[1] % c.w.dims[1] != 0) {
    return refuse(CUDNN_STATUS_BAD_PARAM, "the filter's channels do not divide the input's");
  }
  c.groups = c.x.dims[1] / c.w.dims[1];
  if (c.y.dims[0] != c.x.dims[0] || c.y.dims[1] != c.w.dims[0] || c.w.dims[0] % c.groups != 0) {
    return refuse(CUDNN_STATUS_BAD_PARAM, "the output's batch or channels do not follow from input and filter");
  }
  for (size_t i = 0; i < spatial; ++i) {
    const int64_t reach = c.window.dilation[i] * (c.w.dims[i + 2] - 1) + 1;
    const int64_t room = c.x.dims[i + 2] + c.window.low[i] + c.window.high[i] - reach;
    if (room < 0 || c.y.dims[i + 2] != room / c.window.stride[i] + 1) {
      return refuse(CUDNN_STATUS_BAD_PARAM, "the output's spatial extents do not follow from input, filter and padding");
    }
  }
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t read_function(const Record& operation, PointwiseState& step) {
  const RecordPointer function = operation.link(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR);
  if (!function || !function->finalized)
    return refuse(CUDNN_STATUS_BAD_PARAM_NOT_FINALIZED, "a pointwise operation lacks its function");
  step.mode = static_cast<cudnnPointwiseMode_t>(function->value<int>(CUDNN_ATTR_POINTWISE_MODE, 0));
  step.lower = function->real(CUDNN_ATTR_POINTWISE_RELU_LOWER_CLIP, 0);
  step.clipped_above = function->has(CUDNN_ATTR_POINTWISE_RELU_UPPER_CLIP);
  step.upper = function->real(CUDNN_ATTR_POINTWISE_RELU_UPPER_CLIP, 0);
  step.slope = function->real(CUDNN_ATTR_POINTWISE_RELU_LOWER_CLIP_SLOPE, 0);
  step.elu_alpha = function->real(CUDNN_ATTR_POINTWISE_ELU_ALPHA, 1);
  step.swish_beta = function->real(CUDNN_ATTR_POINTWISE_SWISH_BETA, 1);
  step.alpha_x = operation.real(CUDNN_ATTR_OPERATION_POINTWISE_ALPHA1, 1);
  step.alpha_b = operation.real(CUDNN_ATTR_OPERATION_POINTWISE_ALPHA2, 1);
  return CUDNN_STATUS_SUCCESS;
}

/// Reads one pointwise operation, which must read the chain's current result; for an addition or product that may be either
/// operand.
cudnnStatus_t read_step(const Record& operation, Chain& chain) {
  PointwiseState step;
  TensorState x;
  if (const auto status = read_function(operation, step); status != CUDNN_STATUS_SUCCESS) return status;
  if (const auto status = linked_tensor(operation, CUDNN_ATTR_OPERATION_POINTWISE_XDESC, x); status != CUDNN_STATUS_SUCCESS)
    return status;
  if (const auto status = linked_tensor(operation, CUDNN_ATTR_OPERATION_POINTWISE_YDESC, step.y); status != CUDNN_STATUS_SUCCESS)
    return status;
  step.has_b = is_binary(step.mode);
  if (step.has_b) {
    if (const auto status = linked_tensor(operation, CUDNN_ATTR_OPERATION_POINTWISE_BDESC, step.b);
        status != CUDNN_STATUS_SUCCESS)
      return status;
    if (x.id != chain.result().id && step.b.id == chain.result().id) {
      std::swap(x, step.b);
      std::swap(step.alpha_x, step.alpha_b);
    }
    if (step.b.is_virtual) return refuse(CUDNN_STATUS_NOT_SUPPORTED_GRAPH_PATTERN, "an operation reads two virtual tensors");
    for (size_t axis = 0; axis < chain.y.dims.size(); ++axis) {
      if (step.b.dims.size() != chain.y.dims.size() || (step.b.dims[axis] != 1 && step.b.dims[axis] != chain.y.dims[axis])) {
        return refuse(CUDNN_STATUS_NOT_SUPPORTED_SHAPE, "an operand does not broadcast to the result");
      }
    }
  }
  if (x.id != chain.result().id || !x.is_virtual)
    return refuse(CUDNN_STATUS_NOT_SUPPORTED_GRAPH_PATTERN, "the operations do not form a chain");
  if (step.y.dims != chain.y.dims) return refuse(CUDNN_STATUS_NOT_SUPPORTED_SHAPE, "an operation's result has another shape");
  chain.steps.push_back(std::move(step));
  return CUDNN_STATUS_SUCCESS;
}

}  // namespace

int64_t TensorState::bytes() const {
  int64_t last = 0;
  for (size_t axis = 0; axis < dims.size(); ++axis) last += (dims[axis] - 1) * strides[axis];
  return (last + 1) * bytes_of(type);
}

bool is_binary(cudnnPointwiseMode_t mode) { return mode == CUDNN_POINTWISE_ADD || mode == CUDNN_POINTWISE_MUL; }

cudnnStatus_t read_tensor(const Record& record, TensorState& tensor) {
  tensor = {.id = record.value<int64_t>(CUDNN_ATTR_TENSOR_UNIQUE_ID, -1),
            .dims = record.values<int64_t>(CUDNN_ATTR_TENSOR_DIMENSIONS),
            .strides = record.values<int64_t>(CUDNN_ATTR_TENSOR_STRIDES),
            .alignment = record.value<int64_t>(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, 0),
            .is_virtual = record.value<unsigned char>(CUDNN_ATTR_TENSOR_IS_VIRTUAL, 0) != 0};
  if (!record.has(CUDNN_ATTR_TENSOR_UNIQUE_ID) || tensor.dims.empty() || tensor.dims.size() != tensor.strides.size()) {
    return refuse(CUDNN_STATUS_BAD_PARAM, "a tensor lacks its id, dimensions or strides");
  }
  if (!number_of(record.value<int>(CUDNN_ATTR_TENSOR_DATA_TYPE, -1), tensor.type)) {
    return refuse(CUDNN_STATUS_BAD_PARAM, "a tensor has no element type that the stand-in knows");
  }
  if (std::ranges::any_of(tensor.dims, [](int64_t dim) { return dim < 1; }) ||
      std::ranges::any_of(tensor.strides, [](int64_t s) { return s < 0; })) {
    return refuse(CUDNN_STATUS_BAD_PARAM, "a tensor has an empty dimension or a negative stride");
  }
  if (tensor.alignment <= 0 || tensor.alignment % bytes_of(tensor.type) != 0) {
    return refuse(CUDNN_STATUS_BAD_PARAM, "a tensor's alignment is no multiple of its element's size");
  }
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t check_convolution(const Record& operation) {
  Chain chain;
  const auto status = read_convolution(operation, chain);
  return status == CUDNN_STATUS_SUCCESS ? check_extents(chain) : status;
}

cudnnStatus_t read_chain(const Record& graph, Chain& chain) {
  const auto operations = graph.links(CUDNN_ATTR_OPERATIONGRAPH_OPS);
  if (operations.empty()) return refuse(CUDNN_STATUS_BAD_PARAM, "the graph is empty");
  for (const RecordPointer& operation : operations) {
    if (!operation->finalized) return refuse(CUDNN_STATUS_BAD_PARAM_NOT_FINALIZED, "an operation of the graph is not finalised");
  }
  if (operations.front()->type != CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR) {
    return refuse(CUDNN_STATUS_NOT_SUPPORTED_GRAPH_PATTERN, "the stand-in runs graphs that begin with a convolution");
  }
  if (const auto status = read_convolution(*operations.front(), chain); status != CUDNN_STATUS_SUCCESS) return status;
  if (const auto status = check_extents(chain); status != CUDNN_STATUS_SUCCESS) return status;
  for (size_t i = 1; i < operations.size(); ++i) {
    if (operations[i]->type != CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR) {
      return refuse(CUDNN_STATUS_NOT_SUPPORTED_GRAPH_PATTERN, "the stand-in runs one convolution a graph");
    }
    if (const auto status = read_step(*operations[i], chain); status != CUDNN_STATUS_SUCCESS) return status;
  }
  if (chain.result().is_virtual) return refuse(CUDNN_STATUS_BAD_PARAM, "the graph writes nothing");
  if (chain.y.is_virtual && chain.beta != 0)
    return refuse(CUDNN_STATUS_NOT_SUPPORTED_GRAPH_PATTERN, "a virtual tensor has no former value");
  return CUDNN_STATUS_SUCCESS;
}

}  // namespace standin
