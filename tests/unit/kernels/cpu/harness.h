// Runs a small graph on the CPU device, node by node, as a plan does: results start as garbage, workspaces have exactly the
// requested size.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <memory>
#include <random>
#include <vector>

#include "host/graph/graph.h"
#include "host/run/device.h"
#include "keraunos/error.h"
#include "keraunos/layer.h"
#include "kernels/cpu/device.h"
#include "kernels/math/evaluate.h"
#include "unit/kernels/plain_constants.h"

namespace keraunos::cpu::testing {

using host::PlainConstants;

/// A graph, its inputs' contents, and a Builder to write it with.
struct Net {
  explicit Net(int threads = 2, OneDnn onednn = OneDnn::nowhere) : device(make_cpu_device({.threads = threads}, onednn)) {}

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
  void run_node(const host::Node& node, PlainConstants& constants, host::Stream& stream) {
    if (std::holds_alternative<host::Reshape>(node.op)) {
      Tensor copy(graph.info(node.out[0]).dtype, host::dims_of(graph.info(node.out[0]).shape));
      if (copy.bytes() > 0) std::memcpy(copy.data(), at(node.in[0]).data(), static_cast<size_t>(copy.bytes()));
      contents[static_cast<size_t>(node.out[0].id)] = std::move(copy);
      return;
    }
    const host::Verdict verdict = device->accepts(graph, node);
    if (verdict.speed == host::Verdict::refused) throw Error("refused: " + verdict.reason);
    constants.next_node();
    const auto step = device->prepare(graph, node, constants);
    kernels.push_back(step->kernel);
    std::vector<const void*> in;
    for (size_t i = 0; i < node.in.size(); ++i) {
      in.push_back(node.in[i] && !constants.was_packed(i) ? at(node.in[i]).data() : nullptr);
    }
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

inline Tensor tensor_of(DType type, const Dims& dims, const std::vector<double>& values) {
  Tensor tensor(type, dims);
  for (size_t i = 0; i < values.size(); ++i) {
    math::store_element(tensor.data(), type, static_cast<int64_t>(i), math::constant_word(values[i], type));
  }
  return tensor;
}

/// Values in −scale … scale (integers: −100 … 100, never negative for unsigned types; booleans 0 or 1).
inline Tensor random_tensor(DType type, const Dims& dims, unsigned seed, double scale = 1.0) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<double> real(-scale, scale);
  std::uniform_int_distribution<int> integer(-100, 100);
  std::vector<double> values(static_cast<size_t>(dims.elements()));
  const bool is_unsigned = type == DType::uint8 || type == DType::uint16 || type == DType::uint32 || type == DType::uint64;
  for (double& v : values) {
    if (is_floating(type))
      v = real(generator);
    else if (type == DType::boolean)
      v = integer(generator) > 0;
    else
      v = is_unsigned ? std::abs(integer(generator)) : integer(generator);
  }
  return tensor_of(type, dims, values);
}

inline std::vector<double> doubles(const Tensor& tensor) {
  std::vector<double> values;
  for (int64_t i = 0; i < tensor.dims().elements(); ++i) {
    const math::Word word = math::load_element(tensor.data(), tensor.dtype(), i);
    values.push_back(math::convert(word, tensor.dtype(), DType::float64).real);
  }
  return values;
}

/// |found − expected| ≤ absolute + relative·|expected| everywhere; NaN must match NaN.
inline void expect_close(const Tensor& found, const std::vector<double>& expected, double relative, double absolute) {
  const std::vector<double> values = doubles(found);
  ASSERT_EQ(values.size(), expected.size());
  for (size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(expected[i])) {
      EXPECT_TRUE(std::isnan(values[i])) << "element " << i << " of " << found.dims().to_string() << " is " << values[i]
                                         << ", not NaN";
    } else if (values[i] != expected[i]) {
      const double bound = absolute + relative * std::abs(expected[i]);
      ASSERT_LE(std::abs(values[i] - expected[i]), bound)
          << "element " << i << " of " << found.dims().to_string() << ": " << values[i] << " instead of " << expected[i];
    }
  }
}

/// Tolerances that fit a type for sums of about `terms` products of size 1.
struct Tolerance {
  double relative, absolute;
};
inline Tolerance tolerance_of(DType type, int64_t terms) {
  const auto n = static_cast<double>(terms + 4);
  switch (type) {
    case DType::float64: return {1e-14, 1e-15 * n};
    case DType::float16: return {2e-3, 5e-4 + 1e-7 * n};
    case DType::bfloat16: return {1.6e-2, 4e-3 + 1e-7 * n};
    case DType::float32: return {2e-6, 6e-7 * std::sqrt(n)};
    default: return {0, 0};
  }
}

/// Rounds to the type, as storing does.
inline double rounded(DType type, double value) {
  return math::convert(math::constant_word(value, type), type, DType::float64).real;
}

}  // namespace keraunos::cpu::testing
