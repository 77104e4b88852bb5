// Models with loops and branches, made in a test: the same body runs as a Loop and, for the expected results, as unrolled steps
// that the model writes itself.
#pragma once

#include <functional>
#include <random>

#include "unit/host/run/fake_source.h"

namespace keraunos::host {

/// Writes a graph with given inputs and returns its results.
using WriteGraph = std::function<std::vector<Value>(Builder&, std::span<const Value>)>;

/// A graph whose inputs have these types.
GraphPointer graph_of(const Graph& around, const std::vector<ValueInfo>& inputs, const WriteGraph& write);

/// Writes the Loop with these operands; `loop` has its numbers.
std::vector<Value> write_loop(Builder& b, Loop loop, const std::vector<Value>& operands, const WriteGraph& body,
                              const WriteGraph& condition = {});
/// The same for a known number of steps, without a Loop.
std::vector<Value> write_steps(Builder& b, const Loop& loop, int64_t steps, const std::vector<Value>& operands,
                               const WriteGraph& body);
std::vector<Value> write_branch_of(Builder& b, Value condition, const std::vector<Value>& operands, const WriteGraph& then,
                                   const WriteGraph& otherwise);

/// A random body over two carried values (batch, 4), one sliced and one captured one of that shape; it stacks one, too.
class RandomBody {
 public:
  explicit RandomBody(uint64_t seed) : seed_(seed) {}
  std::vector<Value> operator()(Builder& b, std::span<const Value> inputs) const;

 private:
  uint64_t seed_;
};

constexpr int64_t kFeatures = 4;

/// Models of x (rows, steps, 4) and limit (rows): `write` makes the outputs.
std::shared_ptr<FakeSource> loop_source(size_t outputs, const WriteGraph& write);
/// Runs on the device under test; memory is poisoned unless other options are given.
Model loop_model(size_t outputs, const WriteGraph& write, const PlanOptions& options = {.gap = 256, .poison = true});
Tensor random_x(int64_t rows, int64_t steps, uint64_t seed);
Tensor limits(int64_t rows, float value);
std::vector<Tensor> predicted(const Model& model, const Tensor& x, const Tensor& limit);
Tensor predicted_one(const Model& model, const Tensor& x, const Tensor& limit);

Value time_major(Builder& b, Value x);
Value zeros_like(Builder& b, Value x);
Value first_step(Builder& b, Value x);
/// The largest limit of the batch: a number that depends on data.
Value largest(Builder& b, Value limit);
Value below(Builder& b, Value x, Value y);
/// Counts up from 0 and doubles the first step of x while the count is less than the limit; returns both.
WriteGraph doubled_while(std::optional<int64_t> most);

}  // namespace keraunos::host
