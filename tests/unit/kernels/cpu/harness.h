// Runs a small graph on the CPU device, node by node, as a plan would: results start as garbage, workspaces are exactly as large as asked.
#pragma once

#include <cstring>
#include <functional>
#include <memory>
#include <random>
#include <vector>

#include "host/graph/graph.h"
#include "host/run/device.h"
#include "kernels/cpu/device.h"
#include "keraunos/error.h"
#include "keraunos/layer.h"

namespace keraunos::cpu::testing {

/// Constants that are packed anew each time.
class PlainConstants final : public host::Constants {
 public:
  explicit PlainConstants(const host::Graph& graph) : graph_(graph) {}
  const Tensor& host(Value v) override { return *graph_.info(v).constant; }
  std::shared_ptr<const void> device(Value v) override { return {graph_.info(v).constant, graph_.info(v).constant->data()}; }
  std::shared_ptr<const void> packed(Value v, const std::string&,
                                     const std::function<std::shared_ptr<const void>(const Tensor&)>& make) override {
    return make(host(v));
  }

 private:
  const host::Graph& graph_;
};

/// A graph, its inputs' contents, and a Builder to write it with.
struct Net {
  explicit Net(int threads = 2) : device(make_cpu_device({.threads = threads})) {}

  host::Graph graph{};
  Builder build{graph};
  std::vector<Tensor> contents{};  // by value id
  std::shared_ptr<host::DeviceRuntime> device;
  host::ErrorWord error{};
  std::vector<std::string> kernels{};

  Value input(Tensor tensor) {
    const Value v = graph.add_value({.shape = host::shape_of(tensor.dims()), .dtype = tensor.dtype()});
    graph.inputs.push_back(v);
    contents.resize(static_cast<size_t>(v.id) + 1);
    contents[static_cast<size_t>(v.id)] = std::move(tensor);
    return v;
  }
  Value constant(Tensor tensor) { return graph.add_constant(std::make_shared<const Tensor>(std::move(tensor))); }
  Value operand(Tensor tensor, bool as_constant) { return as_constant ? constant(std::move(tensor)) : input(std::move(tensor)); }

  const Tensor& at(Value v) const { return graph.is_constant(v) ? *graph.info(v).constant : contents[static_cast<size_t>(v.id)]; }

  /// Runs all nodes; throws where the device refuses one.
  void run() {
    contents.resize(graph.values.size());
    PlainConstants constants(graph);
    const auto stream = device->make_stream();
    for (size_t i = 0; i < graph.nodes.size(); ++i) run_node(graph.nodes[i], constants, *stream);
  }
  const Tensor& run(Value result) {
    run();
    return at(result);
  }

 private:
  void run_node(const host::Node& node, host::Constants& constants, host::Stream& stream) {
    if (std::holds_alternative<host::Reshape>(node.op)) {
      Tensor copy(graph.info(node.out[0]).dtype, host::dims_of(graph.info(node.out[0]).shape));
      if (copy.bytes() > 0) std::memcpy(copy.data(), at(node.in[0]).data(), static_cast<size_t>(copy.bytes()));
      contents[static_cast<size_t>(node.out[0].id)] = std::move(copy);
      return;
    }
    const host::Verdict verdict = device->accepts(graph, node);
    if (verdict.speed == host::Verdict::refused) throw Error("refused: " + verdict.reason);
    const auto step = device->prepare(graph, node, constants);
    kernels.push_back(step->kernel);
    std::vector<const void*> in;
    for (Value v : node.in) in.push_back(v ? at(v).data() : nullptr);
    std::vector<void*> out;
    for (Value v : node.out) {
      Tensor result(graph.info(v).dtype, host::dims_of(graph.info(v).shape));
      if (result.bytes() > 0) std::memset(result.data(), 0xcd, static_cast<size_t>(result.bytes()));
      out.push_back(result.data());
      contents[static_cast<size_t>(v.id)] = std::move(result);
    }
    const std::shared_ptr<void> workspace = device->allocate(step->workspace_bytes);
    if (step->workspace_bytes > 0) std::memset(workspace.get(), 0xcd, static_cast<size_t>(step->workspace_bytes));
    step->enqueue({.in = in, .out = out, .workspace = workspace.get(), .error = &error, .stream = &stream});
  }
};

/// Values in −1 … 1 (integers: −100 … 100, never negative for unsigned types; booleans 0 or 1).
Tensor random_tensor(DType type, const Dims& dims, unsigned seed, double scale = 1.0);
Tensor tensor_of(DType type, const Dims& dims, const std::vector<double>& values);
std::vector<double> doubles(const Tensor& tensor);
/// |found − expected| ≤ absolute + relative·|expected| everywhere, NaN where NaN.
void expect_close(const Tensor& found, const std::vector<double>& expected, double relative, double absolute);
/// Tolerances that fit a type for sums of about `terms` products of size 1.
struct Tolerance {
  double relative, absolute;
};
Tolerance tolerance_of(DType type, int64_t terms);
/// Rounds to the type, as storing does.
double rounded(DType type, double value);

}  // namespace keraunos::cpu::testing
