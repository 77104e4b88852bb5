#include "unit/calls/loop_models.h"

#include <array>

#include "device_under_test.h"

namespace keraunos::host {
namespace {

Value weights(Builder& b, std::mt19937_64& random, const Dims& dims) {
  Tensor tensor(DType::float32, dims);
  for (int64_t i = 0; i < dims.elements(); ++i)
    static_cast<float*>(tensor.data())[i] = static_cast<float>(random() % 2001) / 1000 - 1;
  return b.constant(std::make_shared<const Tensor>(std::move(tensor)));
}

Value random_value(Builder& b, std::mt19937_64& random, std::span<const Value> known) {
  const Value x = known[random() % known.size()], y = known[random() % known.size()];
  switch (random() % 8) {
    case 0: return b.unary(Function::tanh, b.add(b.matmul(x, weights(b, random, {4, 4})), weights(b, random, {4})));
    case 1: return b.unary(Function::sin, b.add(x, y));
    case 2: return b.multiply(x, y);
    case 3: return b.binary(Function::maximum, x, y);
    case 4: return b.reverse(x, 1);
    case 5: return b.concatenate(std::array{b.slice_axis(x, 1, 1, 3), b.slice_axis(y, 1, 0, 1)}, 1);
    case 6: return b.softmax(x, 1);
    default: return b.select(b.binary(Function::less, x, y), y, b.multiply(x, 0.5));
  }
}

}  // namespace

GraphPointer graph_of(const Graph& around, const std::vector<ValueInfo>& inputs, const WriteGraph& write) {
  auto graph = std::make_shared<Graph>();
  graph->origin = around.origin;
  for (const ValueInfo& info : inputs) graph->inputs.push_back(graph->add_value(type_of_value(info)));
  Builder inside(*graph);
  graph->outputs = write(inside, graph->inputs);
  return graph;
}

std::vector<Value> write_loop(Builder& b, Loop loop, const std::vector<Value>& operands, const WriteGraph& body,
                              const WriteGraph& condition) {
  std::vector<ValueInfo> inside, kept;
  for (size_t i = 0; i < operands.size(); ++i) {
    inside.push_back(graph_of(b).info(operands[i]));
    const bool sliced = static_cast<int>(i) >= loop.carried && static_cast<int>(i) < loop.carried + loop.sliced;
    if (sliced)
      inside.back().shape.erase(inside.back().shape.begin());
    else
      kept.push_back(inside.back());
  }
  loop.body = graph_of(graph_of(b), inside, body);
  if (condition) loop.condition = graph_of(graph_of(b), kept, condition);
  return graph_of(b).add(loop, operands);
}

std::vector<Value> write_steps(Builder& b, const Loop& loop, int64_t steps, const std::vector<Value>& operands,
                               const WriteGraph& body) {
  const auto carried = static_cast<size_t>(loop.carried), fixed = carried + static_cast<size_t>(loop.sliced);
  std::vector<Value> values = operands;
  std::vector<std::vector<Value>> stacks(static_cast<size_t>(loop.stacked));
  for (int64_t step = 0; step < steps; ++step) {
    for (size_t i = carried; i < fixed; ++i) {
      const int64_t all = b.dim(operands[i], 0).size;
      values[i] = b.squeeze(b.slice_axis(operands[i], 0, loop.backwards ? all - 1 - step : step, 1), 0);
    }
    const std::vector<Value> results = body(b, values);
    std::copy_n(results.begin(), carried, values.begin());
    for (size_t i = 0; i < stacks.size(); ++i) stacks[i].push_back(b.expand_dims(results[carried + i], 0));
  }
  values.resize(carried);
  for (const std::vector<Value>& stack : stacks) values.push_back(b.concatenate(stack, 0));
  return values;
}

std::vector<Value> write_branch_of(Builder& b, Value condition, const std::vector<Value>& operands, const WriteGraph& then,
                                   const WriteGraph& otherwise) {
  std::vector<ValueInfo> inputs;
  std::vector<Value> in{condition};
  for (const Value v : operands) {
    inputs.push_back(graph_of(b).info(v));
    in.push_back(v);
  }
  return graph_of(b).add(
      Branch{.then = graph_of(graph_of(b), inputs, then), .otherwise = graph_of(graph_of(b), inputs, otherwise)}, in);
}

std::vector<Value> RandomBody::operator()(Builder& b, std::span<const Value> inputs) const {
  std::mt19937_64 random(seed_);
  std::vector<Value> known(inputs.begin(), inputs.end());
  const size_t operations = 4 + random() % 10;
  for (size_t i = 0; i < operations; ++i) known.push_back(random_value(b, random, known));
  const auto bounded = [&](Value v) { return b.unary(Function::tanh, v); };
  // Results that are operands, the same value twice, and each other's operands: the buffers of carried values must not overlap.
  const Value last = bounded(known.back()), before = bounded(known[known.size() - 2]);
  switch (random() % 5) {
    case 0: return {inputs[1], inputs[0], last};
    case 1: return {last, inputs[0], last};
    case 2: return {last, last, inputs[2]};
    case 3: return {before, inputs[1], last};
    default: return {last, before, known[random() % known.size()]};
  }
}

std::shared_ptr<FakeSource> loop_source(size_t outputs, const WriteGraph& write) {
  const auto lower = [write](Graph& graph, auto, auto) {
    graph.origin = "loop";
    Builder b(graph);
    graph.outputs = write(b, graph.inputs);
  };
  std::vector<TensorSpec> results;
  for (size_t i = 0; i < outputs; ++i) results.push_back({"y" + std::to_string(i), DType::float32, {std::nullopt, std::nullopt}});
  return std::make_shared<FakeSource>(std::vector<TensorSpec>{{"x", DType::float32, {std::nullopt, std::nullopt, kFeatures}},
                                                              {"limit", DType::float32, {std::nullopt}}},
                                      results, lower);
}

Model loop_model(size_t outputs, const WriteGraph& write, const PlanOptions& options) {
  return make_model(loop_source(outputs, write), {.device = device_under_test(), .precision = Precision::float32, .threads = 2},
                    options);
}

Tensor random_x(int64_t rows, int64_t steps, uint64_t seed) {
  Tensor x(DType::float32, {rows, steps, kFeatures});
  std::mt19937_64 random(seed);
  for (float& value : x.mutable_values<float>()) value = static_cast<float>(random() % 2001) / 1000 - 1;
  return x;
}

Tensor limits(int64_t rows, float value) {
  Tensor limit(DType::float32, {rows});
  for (float& one : limit.mutable_values<float>()) one = value;
  return limit;
}

std::vector<Tensor> predicted(const Model& model, const Tensor& x, const Tensor& limit) {
  std::vector<Tensor> results;
  for (auto& [name, tensor] : model.predict({{"x", x}, {"limit", limit}})) results.push_back(std::move(tensor));
  return results;
}

Tensor predicted_one(const Model& model, const Tensor& x, const Tensor& limit) {
  return std::move(predicted(model, x, limit)[0]);
}

Value time_major(Builder& b, Value x) { return b.transpose(x, std::array{1, 0, 2}); }
Value zeros_like(Builder& b, Value x) { return b.broadcast_to(b.scalar(0, DType::float32), b.shape(x)); }
Value first_step(Builder& b, Value x) { return b.squeeze(b.slice_axis(x, 1, 0, 1), 1); }

Value largest(Builder& b, Value limit) { return b.reduce(Reduction::maximum, limit, std::array{0}); }
Value below(Builder& b, Value x, Value y) { return b.binary(Function::less, x, y); }

WriteGraph doubled_while(std::optional<int64_t> most) {
  return [=](Builder& b, std::span<const Value> inputs) {
    const std::vector<Value> operands{b.scalar(0, DType::float32), first_step(b, inputs[0]), largest(b, inputs[1])};
    const auto results = write_loop(
        b, {.carried = 2, .steps = most.value_or(-1)}, operands,
        [](Builder& i, std::span<const Value> v) {
          return std::vector<Value>{i.add(v[0], 1), i.multiply(v[1], 2)};
        },
        [](Builder& i, std::span<const Value> v) { return std::vector<Value>{below(i, v[0], v[2])}; });
    return std::vector<Value>{b.reshape(results[0], {{1}, {1}}), results[1]};
  };
}

}  // namespace keraunos::host
