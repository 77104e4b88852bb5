// A layer as one step of the CPU device, without the rest of the library.
#include <chrono>
#include <cstring>

#include "host/graph/graph.h"
#include "host/run/device.h"
#include "kernels/cpu/device.h"
#include "layer.h"

namespace keraunos::bench {
namespace {

/// Packs at each request and keeps nothing, because the step holds what it needs.
class FreshConstants final : public host::Constants {
 public:
  explicit FreshConstants(const host::Graph& graph) : graph_(graph) {}
  std::shared_ptr<const void> packed(const host::Node& node, size_t operand, const std::string&,
                                     const std::function<std::shared_ptr<const void>(const Tensor&)>& make) override {
    return make(*graph_.info(node.in[operand]).constant);
  }

 private:
  const host::Graph& graph_;
};

Value constant(host::Graph& graph, const Dims& dims, const std::vector<float>& values) {
  Tensor tensor(DType::float32, dims);
  std::memcpy(tensor.data(), values.data(), values.size() * sizeof(float));
  return graph.add_constant(std::make_shared<const Tensor>(std::move(tensor)));
}

Window window_of(const Layer& l) {
  Window w;
  for (size_t axis = 0; axis < 2; ++axis)
    w.size[axis] = l.size, w.stride[axis] = l.stride, w.low[axis] = l.before, w.high[axis] = l.after;
  return w;
}

/// The bias as epilogue, as in every network.
host::Program add_bias() {
  host::Graph graph;
  Builder build(graph);
  const Value a = graph.add_value({.shape = host::shape_of({1, 1}), .dtype = DType::float32});
  const Value b = graph.add_value({.shape = host::shape_of({1}), .dtype = DType::float32});
  build.add(a, b);
  return std::get<host::Pointwise>(graph.nodes.back().op).program;
}

host::Node& build_node(host::Graph& graph, const Layer& l, int64_t batch, const Weights& weights) {
  Builder build(graph);
  const Dims dims = l.kind == Layer::product ? Dims{batch * l.height, l.channels} : Dims{batch, l.height, l.width, l.channels};
  const Value x = graph.add_value({.shape = host::shape_of(dims), .dtype = DType::float32});
  graph.inputs = {x};
  switch (l.kind) {
    case Layer::convolution:
      build.convolve(x, constant(graph, {l.size, l.size, l.channels, l.filters}, weights.kernel), window_of(l));
      break;
    case Layer::depthwise:
      build.convolve(x, constant(graph, {l.size, l.size, 1, l.filters}, weights.kernel), window_of(l), l.channels);
      break;
    case Layer::product: build.matmul(x, constant(graph, {l.channels, l.filters}, weights.kernel)); break;
    case Layer::max_pool: build.max_pool(x, window_of(l)); break;
    case Layer::average_pool: build.average_pool(x, window_of(l)); break;
  }
  host::Node& node = graph.nodes.back();
  if (!l.has_kernel()) return node;
  if (l.kind == Layer::product)
    std::get<host::MatMul>(node.op).epilogue = add_bias();
  else
    std::get<host::Conv>(node.op).epilogue = add_bias();
  const Value bias = constant(graph, {l.filters}, weights.bias);
  graph.nodes.back().in.push_back(bias);
  return graph.nodes.back();
}

struct Prepared {
  host::Graph graph;
  std::shared_ptr<host::DeviceRuntime> device;
  std::unique_ptr<host::Stream> stream;
  std::unique_ptr<host::Step> step;
  std::shared_ptr<void> workspace;
};

}  // namespace

Ready ready_keraunos(const Layer& layer, int64_t batch, int threads, const Weights& weights) {
  const auto state = std::make_shared<Prepared>();
  const host::Node& node = build_node(state->graph, layer, batch, weights);
  state->device = cpu::make_cpu_device({.threads = threads}, cpu::OneDnn::nowhere);
  state->stream = state->device->make_stream();
  FreshConstants constants(state->graph);
  const auto begun = std::chrono::steady_clock::now();
  state->step = state->device->prepare(state->graph, node, constants);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  state->workspace = state->device->allocate(state->step->workspace_bytes);
  const void* bias = layer.has_kernel() ? state->graph.info(node.in[2]).constant->data() : nullptr;
  return {seconds, [state, bias](const float* x, float* y) {
            const void* in[]{x, nullptr, bias};
            void* out[]{y};
            state->step->enqueue({.in = {in, bias ? size_t{3} : size_t{1}},
                                  .out = out,
                                  .workspace = state->workspace.get(),
                                  .error = nullptr,
                                  .stream = state->stream.get()});
          }};
}

}  // namespace keraunos::bench
