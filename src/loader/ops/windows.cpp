// Convolutions and pooling as nodes of a graph: keras.ops and tf.nn.
#include <algorithm>

#include "host/graph/extent.h"
#include "loader/layers/common/adaptive.h"
#include "loader/layers/common/transposed.h"
#include "loader/ops/geometry.h"

namespace keraunos::loader {
namespace {

using Extents = std::vector<int64_t>;
using Names = std::vector<std::string>;

// Indices of a convolution's parameters after its kernels.
struct Places {
  size_t stride, padding, format, dilation;
};

struct Convolution {
  OperationCall& call;
  Layout layout;
  Value x;

  Convolution(OperationCall& c, size_t format) : call(c), layout(c, format, c.tensor(0)), x(layout.last(c.tensor(0))) {}

  // The kernel in a parameter, (spatial…, a, b).
  Value kernel(size_t parameter) const {
    const Value kernel = call.tensor(parameter, call.l.dtype(x));
    if (call.l.rank(kernel) != layout.axes() + 2)
      call.l.refuse("convolves a tensor of rank " + std::to_string(layout.axes() + 2) + " with a kernel of rank " +
                    std::to_string(call.l.rank(kernel)));
    return kernel;
  }
  Extents size_of_kernel(Value kernel) const {
    Extents size;
    for (int axis = 0; axis < layout.axes(); ++axis) size.push_back(call.l.dim(kernel, axis).size);
    return size;
  }
  Value convolve(Value kernel, const Places& at, int64_t groups) const {
    const Extents stride = layout.numbers(at.stride), dilation = layout.numbers(at.dilation);
    const Window window = padded_window(call, layout, at.padding, x, size_of_kernel(kernel), stride, dilation);
    return call.l.convolve(x, kernel, window, groups);
  }
  Value plain(const Places& at) const {
    const Value weights = kernel(1);
    const int64_t channels = call.l.dim(x, -1).size, read = call.l.dim(weights, -2).size;
    if (read < 1 || channels % read != 0)
      call.l.refuse("convolves " + std::to_string(channels) + " channels with a kernel for " + std::to_string(read));
    return convolve(weights, at, channels / read);
  }
  // (spatial…, C, multiplier): the filters of channel c are the results from c · multiplier on.
  Value depthwise(const Places& at) const {
    const Value weights = kernel(1);
    const int64_t channels = call.l.dim(x, -1).size;
    Shape grouped = call.l.shape(weights);
    if (grouped[grouped.size() - 2].size != channels)
      call.l.refuse("convolves " + std::to_string(channels) + " channels with a depthwise kernel for " +
                    std::to_string(grouped[grouped.size() - 2].size));
    grouped.back() = {host::checked_multiply(channels, grouped.back().size)};
    grouped[grouped.size() - 2] = {1};
    return convolve(call.l.reshape(weights, grouped), at, channels);
  }
};

Operation plain_node(Names keras, Names tensorflow, Names parameters) {
  const auto body = [](OperationCall& call) -> std::vector<Value> {
    const Convolution convolution(call, 4);
    return {convolution.layout.given(convolution.plain({.stride = 2, .padding = 3, .format = 4, .dilation = 5}))};
  };
  return {std::move(keras), std::move(tensorflow), std::move(parameters), body, 2, {"use_cudnn_on_gpu=*"}};
}

std::vector<Value> depthwise_node(OperationCall& call) {
  const Convolution convolution(call, 4);
  return {convolution.layout.given(convolution.depthwise({.stride = 2, .padding = 3, .format = 4, .dilation = 5}))};
}

std::vector<Value> separable_node(OperationCall& call) {
  const Convolution convolution(call, 5);
  const Value deep = convolution.depthwise({.stride = 3, .padding = 4, .format = 5, .dilation = 6});
  return {convolution.layout.given(call.l.convolve(deep, convolution.kernel(2), Window{}))};
}

// The kernel is (spatial…, filters, channels); `results` are the results along each spatial axis.
Value transposed_node(OperationCall& call, const Convolution& c, const Places& at, bool same,
                      const std::function<Extents(const Extents&)>& results) {
  const Value kernel = c.kernel(1);
  if (call.l.dim(kernel, -1).size != call.l.dim(c.x, -1).size)
    call.l.refuse("convolves " + std::to_string(call.l.dim(c.x, -1).size) + " channels with a kernel for " +
                  std::to_string(call.l.dim(kernel, -1).size));
  const Extents size = c.size_of_kernel(kernel), stride = c.layout.numbers(at.stride), dilation = c.layout.numbers(at.dilation);
  const Extents wanted = results(size);
  std::vector<TransposedAxis> axes;
  for (size_t i = 0; i < size.size(); ++i) {
    const int64_t elements = call.l.dim(c.x, static_cast<int>(i) + 1).size;
    if (stride[i] > 1 && dilation[i] > 1) call.l.refuse("has a stride and a dilation above 1, which is not supported");
    const auto axis = transposed_axis(elements, size[i], stride[i], dilation[i], wanted[i], same);
    if (!axis)
      call.l.refuse("makes " + std::to_string(wanted[i]) + " elements out of " + std::to_string(elements) +
                    ", which its stride and its kernel do not allow");
    axes.push_back(*axis);
  }
  return c.layout.given(convolve_transposed(call.l, c.x, kernel, axes, [](Value y, int64_t) { return y; }));
}

// keras.ops computes the number of results.
std::vector<Value> conv_transpose(OperationCall& call) {
  const Places at{.stride = 2, .padding = 3, .format = 5, .dilation = 6};
  const Convolution c(call, at.format);
  const auto results = [&](const Extents& size) {
    const Extents stride = c.layout.numbers(at.stride), dilation = c.layout.numbers(at.dilation);
    const auto listed = call.integers(4);
    const Extents padding = listed ? c.layout.spatial(*listed) : Extents(size.size(), 0);
    Extents all;
    for (size_t i = 0; i < size.size(); ++i) {
      const int64_t reach = host::reach_of(size[i], dilation[i]), elements = call.l.dim(c.x, static_cast<int>(i) + 1).size;
      const auto more = listed ? std::optional<int64_t>(padding[i]) : std::nullopt;
      all.push_back(transposed_results(elements, reach, stride[i], is_same(call, at.padding), more));
    }
    return all;
  };
  return {transposed_node(call, c, at, is_same(call, at.padding), results)};
}

// tf.nn gets the number of results as an argument.
std::vector<Value> to_output_shape(OperationCall& call) {
  const Convolution c(call, 5);
  const auto shape = call.integers(2);
  if (!shape) call.l.refuse("is called without an output_shape");
  const Places at{.stride = 3, .padding = 4, .format = 5, .dilation = 6};
  return {
      transposed_node(call, c, at, is_same(call, at.padding, true), [&](const Extents&) { return c.layout.spatial(*shape); })};
}

Value pooled(OperationCall& call, bool average, bool by_size, size_t stride_at, size_t dilation_at) {
  const Layout layout(call, 4, call.tensor(0));
  const Value x = layout.last(call.tensor(0));
  if (average && !is_floating(call.l.dtype(x))) call.l.refuse("averages integers, which Keras does not do either");
  const Extents size = layout.numbers(1);
  const Extents stride = by_size && !call.has(stride_at) ? size : layout.numbers(stride_at);
  const Extents dilation = dilation_at > 0 ? layout.numbers(dilation_at) : Extents(size.size(), 1);
  const Window window = padded_window(call, layout, 3, x, size, stride, dilation);
  return layout.given(average ? call.l.average_pool(x, window) : call.l.max_pool(x, window));
}

Operation pool(Names keras, Names tensorflow, bool average) {
  const auto body = [average](OperationCall& call) -> std::vector<Value> { return {pooled(call, average, true, 2, 0)}; };
  return {std::move(keras),
          std::move(tensorflow),
          {"inputs|input|value", "pool_size|ksize", "strides", "padding", "data_format"},
          body};
}

std::vector<Value> any_pool(OperationCall& call) {
  const std::string kind = call.text(5).value_or("");
  if (kind != "MAX" && kind != "AVG") call.l.refuse("pools \"" + kind + "\"; expected MAX or AVG");
  return {pooled(call, kind == "AVG", false, 2, 6)};
}

Operation adaptive(std::string keras, bool average) {
  const auto body = [average](OperationCall& call) -> std::vector<Value> {
    const Layout layout(call, 2, call.tensor(0));
    return {layout.given(adaptive_pool(call.l, layout.last(call.tensor(0)), layout.numbers(1), average))};
  };
  return {{std::move(keras)}, {}, {"inputs", "output_size", "data_format"}, body};
}

}  // namespace

std::vector<Operation> windows_operations() {
  const Names transpose{"input|value", "filters|filter", "output_shape", "strides", "padding", "data_format", "dilations"};
  return {
      plain_node(
          {"Conv"},
          {"nn.convolution", "nn.conv1d", "nn.conv2d", "nn.conv3d", "compat.v1.nn.convolution", "compat.v1.nn.conv1d",
           "compat.v1.nn.conv2d", "compat.v1.nn.conv3d"},
          {"inputs|input|value", "kernel|filters|filter", "strides|stride", "padding", "data_format", "dilation_rate|dilations"}),
      {{"DepthwiseConv"},
       {"nn.depthwise_conv2d", "compat.v1.nn.depthwise_conv2d"},
       {"inputs|input", "kernel|filter", "strides", "padding", "data_format", "dilation_rate|dilations|rate"},
       depthwise_node,
       2},
      {{"SeparableConv"},
       {"nn.separable_conv2d", "compat.v1.nn.separable_conv2d"},
       {"inputs|input", "depthwise_kernel|depthwise_filter", "pointwise_kernel|pointwise_filter", "strides", "padding",
        "data_format", "dilation_rate|dilations|rate"},
       separable_node,
       3},
      {{"ConvTranspose"},
       {},
       {"inputs", "kernel", "strides", "padding", "output_padding", "data_format", "dilation_rate"},
       conv_transpose,
       2},
      {{},
       {"nn.conv_transpose", "nn.conv1d_transpose", "nn.conv2d_transpose", "nn.conv3d_transpose", "compat.v1.nn.conv2d_transpose",
        "compat.v1.nn.conv3d_transpose"},
       transpose,
       to_output_shape,
       2},
      pool({"MaxPool"}, {"nn.max_pool", "nn.max_pool1d", "nn.max_pool2d", "nn.max_pool3d", "compat.v1.nn.max_pool"}, false),
      pool({"AveragePool"}, {"nn.avg_pool", "nn.avg_pool1d", "nn.avg_pool2d", "nn.avg_pool3d", "compat.v1.nn.avg_pool"}, true),
      {{},
       {"nn.pool", "compat.v1.nn.pool"},
       {"input", "window_shape", "strides", "padding", "data_format", "pooling_type", "dilations|dilation_rate"},
       any_pool},
      adaptive("AdaptiveMaxPool", false),
      adaptive("AdaptiveAveragePool", true),
  };
}

}  // namespace keraunos::loader
