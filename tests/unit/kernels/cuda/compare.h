// Runs every step of the CUDA device with the stand-in and compares it with the CPU device computing the same graph in float64
// (tested itself against plain loops). A test writes a graph once; here it runs in every type and with several seeds of the
// scheduler.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "host/graph/graph.h"
#include "host/run/device.h"
#include "keraunos/error.h"
#include "keraunos/layer.h"
#include "kernels/cpu/device.h"
#include "kernels/cuda_device.h"
#include "kernels/math/evaluate.h"
#include "scheduler_seed.h"
#include "unit/kernels/plain_constants.h"

namespace keraunos::cuda::tests {

inline double element(const Tensor& tensor, int64_t i) {
  return math::convert(math::load_element(tensor.data(), tensor.dtype(), i), tensor.dtype(), DType::float64).real;
}
inline Tensor filled(DType type, const Dims& dims, const std::function<double(int64_t)>& value) {
  Tensor tensor(type, dims);
  for (int64_t i = 0; i < dims.elements(); ++i) math::store_element(tensor.data(), type, i, math::constant_word(value(i), type));
  return tensor;
}

/// Writes the graph under test once in the type under test and once, with exactly the same numbers, in float64.
class Writer {
 public:
  Writer(DType tested, DType computed) : build(graph), tested_(tested), computed_(computed) {}

  host::Graph graph{};
  Builder build;
  std::map<int, Tensor> contents{};

  DType type() const { return computed_; }
  /// Floating values in −scale … scale, integers in −9 … 9 (0 … 9 where unsigned).
  Value operand(const Dims& dims, bool constant = false, double scale = 1) {
    std::uniform_real_distribution<double> real(-scale, scale);
    std::uniform_int_distribution<int> integer(tested_ == DType::uint8 ? 0 : -9, 9);
    const Tensor exact = filled(tested_, dims, [&](int64_t) { return is_floating(tested_) ? real(random_) : integer(random_); });
    return put(filled(computed_, dims, [&](int64_t i) { return element(exact, i); }), constant);
  }
  Value vector(int64_t n) { return operand({n}, true); }
  Value mask(const Dims& dims) {
    return put(filled(DType::boolean, dims, [&](int64_t) { return random_() % 3 != 0; }), false);
  }
  Value values(DType type, const Dims& dims, const std::vector<double>& numbers, bool constant = false) {
    return put(filled(type, dims, [&](int64_t i) { return numbers[static_cast<size_t>(i)]; }), constant);
  }

 private:
  Value put(Tensor tensor, bool constant) {
    if (constant) return graph.add_constant(std::make_shared<const Tensor>(std::move(tensor)));
    const Value v = graph.add_value({.shape = host::shape_of(tensor.dims()), .dtype = tensor.dtype()});
    graph.inputs.push_back(v);
    contents[v.id] = std::move(tensor);
    return v;
  }

  DType tested_, computed_;
  std::mt19937 random_{7};
};

struct RunOptions {
  bool in_place = false;   ///< results overwrite an operand wherever the device allows that
  int64_t misaligned = 0;  ///< bytes by which results and inputs are shifted from their alignment
};

struct Ran {
  std::map<int, Tensor> values{};
  std::vector<std::string> kernels{};
  int in_place = 0;
  host::ErrorWord error{};
};

/// Runs a graph node by node on one stream, and reads everything back at the end.
class Runner {
 public:
  Runner(const Writer& writer, host::DeviceRuntime& device, RunOptions options)
      : writer_(writer),
        graph_(writer.graph),
        device_(device),
        options_(options),
        constants_(graph_),
        stream_(device.make_stream()) {}

  Ran run() {
    error_ = device_.allocate(sizeof(host::ErrorWord));
    stream_->fill_zero(error_.get(), sizeof(host::ErrorWord));
    for (const auto& [id, tensor] : writer_.contents) {
      memory_[id] = make(id);
      stream_->copy_in(memory_[id].get(), tensor.data(), tensor.bytes());
    }
    for (const host::Node& node : graph_.nodes) run_node(node);
    for (const host::Node& node : graph_.nodes) {
      for (Value v : node.out) {
        Tensor tensor(graph_.info(v).dtype, host::dims_of(graph_.info(v).shape));
        stream_->copy_out(tensor.data(), memory_.at(v.id).get(), tensor.bytes());
        result_.values[v.id] = std::move(tensor);
      }
    }
    stream_->copy_out(&result_.error, error_.get(), sizeof(host::ErrorWord));
    stream_->synchronize();
    return std::move(result_);
  }

 private:
  std::shared_ptr<void> make(int id) {
    const std::shared_ptr<void> block =
        device_.allocate(host::bytes_of(graph_.values[static_cast<size_t>(id)]) + options_.misaligned);
    return {block, static_cast<std::byte*>(block.get()) + options_.misaligned};
  }

  const void* read(Value v) {
    if (!v) return nullptr;
    if (graph_.is_constant(v) && memory_[v.id] == nullptr) {
      const Tensor& tensor = *graph_.info(v).constant;
      memory_[v.id] = device_.allocate(tensor.bytes());
      stream_->copy_in(memory_[v.id].get(), tensor.data(), tensor.bytes());
    }
    return memory_.at(v.id).get();
  }

  void run_node(const host::Node& node) {
    if (std::holds_alternative<host::Reshape>(node.op)) {
      read(node.in[0]);
      memory_[node.out[0].id] = memory_.at(node.in[0].id);
      return;
    }
    const host::Verdict verdict = device_.accepts(graph_, node);
    if (verdict.speed == host::Verdict::refused) throw Error("refused: " + verdict.reason);
    constants_.next_node();
    const auto step = device_.prepare(graph_, node, constants_);
    result_.kernels.push_back(step->kernel);
    std::vector<const void*> in;
    for (size_t i = 0; i < node.in.size(); ++i) in.push_back(constants_.was_packed(i) ? nullptr : read(node.in[i]));
    for (size_t i = 0; options_.in_place && i < node.in.size(); ++i) {
      if (!node.in[i] || graph_.is_constant(node.in[i]) || !host::may_overwrite({graph_, node}, i)) continue;
      memory_[node.out[0].id] = memory_.at(node.in[i].id);
      ++result_.in_place;
      break;
    }
    std::vector<void*> out;
    for (Value v : node.out) {
      if (memory_[v.id] == nullptr) memory_[v.id] = make(v.id);
      out.push_back(memory_[v.id].get());
    }
    workspaces_.push_back(device_.allocate(step->workspace_bytes));
    step->enqueue({.in = in,
                   .out = out,
                   .workspace = workspaces_.back().get(),
                   .error = static_cast<host::ErrorWord*>(error_.get()),
                   .stream = stream_.get()});
    steps_.push_back(std::move(const_cast<std::unique_ptr<host::Step>&>(step)));
  }

  const Writer& writer_;
  const host::Graph& graph_;
  host::DeviceRuntime& device_;
  RunOptions options_;
  host::PlainConstants constants_;
  std::unique_ptr<host::Stream> stream_;
  std::map<int, std::shared_ptr<void>> memory_;
  std::vector<std::shared_ptr<void>> workspaces_;
  std::vector<std::unique_ptr<host::Step>> steps_;
  std::shared_ptr<void> error_;
  Ran result_;
};

inline constexpr uint64_t kSeeds[] = {0, 1, 2, 5};

inline double tolerance_of(DType type) {
  switch (type) {
    case DType::float64: return 1e-13;
    case DType::float32: return 4e-6;
    case DType::float16: return 6e-3;
    case DType::bfloat16: return 5e-2;
    default: return 0;
  }
}

/// |found − expected| ≤ tolerance · (1 + |expected|); NaN must match NaN.
inline void expect_close(const Tensor& found, const Tensor& expected, double tolerance, const std::string& where) {
  ASSERT_EQ(found.dims().to_string(), expected.dims().to_string()) << where;
  for (int64_t i = 0; i < found.dims().elements(); ++i) {
    const double a = element(found, i), b = element(expected, i);
    if (std::isnan(b) ? std::isnan(a) : a == b || std::abs(a - b) <= tolerance * (1 + std::abs(b))) continue;
    FAIL() << where << ": element " << i << " of " << found.dims().to_string() << " is " << a << " instead of " << b;
  }
}

using Write = std::function<void(Writer&)>;

/// Computes the graph that `write` makes in `type`; the results of the CUDA device with every seed must equal those of the CPU in
/// float64. Returns the names of the kernels that ran.
inline std::vector<std::string> expect_same(DType type, const Write& write, RunOptions options = {}, double slack = 1) {
  const bool widens = is_floating(type);
  Writer tested(type, type), reference(type, widens ? DType::float64 : type);
  write(tested);
  write(reference);
  const auto cpu = cpu::make_cpu_device({.threads = 1});
  const Ran expected = Runner(reference, *cpu, {}).run();
  std::vector<std::string> kernels;
  for (uint64_t seed : kSeeds) {
    set_scheduler_seed(seed);
    const auto device = make_cuda_device(0, {});
    const Ran found = Runner(tested, *device, options).run();
    for (size_t n = 0; n < tested.graph.nodes.size(); ++n) {
      const bool last = n + 1 == tested.graph.nodes.size();
      if (options.in_place && !last) continue;  // overwritten
      for (size_t k = 0; k < tested.graph.nodes[n].out.size(); ++k) {
        expect_close(found.values.at(tested.graph.nodes[n].out[k].id), expected.values.at(reference.graph.nodes[n].out[k].id),
                     tolerance_of(type) * slack,
                     std::string(name_of(type)) + ", seed " + std::to_string(seed) + ", node " + std::to_string(n));
      }
    }
    if (options.in_place) {
      EXPECT_GT(found.in_place, 0);
    }
    kernels = found.kernels;
    if (testing::Test::HasFailure()) break;
  }
  set_scheduler_seed(0);
  return kernels;
}

inline constexpr DType kFloats[] = {DType::float32, DType::float64, DType::float16, DType::bfloat16};

inline void expect_same_in_all_floats(const Write& write, RunOptions options = {}, double slack = 1) {
  for (DType type : kFloats) expect_same(type, write, options, slack);
}

}  // namespace keraunos::cuda::tests
