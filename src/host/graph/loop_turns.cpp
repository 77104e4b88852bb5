#include "host/graph/loop_turns.h"

#include "keraunos/error.h"
#include "keraunos/kernel.h"

namespace keraunos::host {
namespace {

// Lowering sees only the types of a data-dependent kernel's results, so a result of extent 1 means true.
class DecisionKernel final : public Kernel {
 public:
  std::string name() const override { return "decide"; }
  std::optional<std::vector<TensorType>> infer(std::span<const TensorType>) const override { return std::nullopt; }
  std::vector<Tensor> run_dynamic(std::span<const TensorView> inputs) const override {
    const bool holds = inputs[0].dims.elements() > 0 && *static_cast<const bool*>(inputs[0].data);
    std::vector<Tensor> results;
    results.emplace_back(DType::boolean, Dims{holds ? 1 : 0});
    return results;
  }
};

// Returns its operands after a result whose extent is the number of steps.
class StepKernel final : public Kernel {
 public:
  explicit StepKernel(int64_t step) : step_(step) {}
  std::string name() const override { return "step"; }
  std::string parameters() const override { return std::to_string(step_); }
  std::optional<std::vector<TensorType>> infer(std::span<const TensorType>) const override { return std::nullopt; }
  std::vector<Tensor> run_dynamic(std::span<const TensorView> inputs) const override {
    std::vector<Tensor> results;
    results.emplace_back(DType::boolean, Dims{step_});
    for (const TensorView& input : inputs) results.push_back(Tensor::copy_of(input));
    return results;
  }

 private:
  int64_t step_;
};

}  // namespace

bool decided(Builder& builder, Value condition) {
  const Value operands[]{condition};
  const std::vector<Value> result = builder.call(std::make_shared<const DecisionKernel>(), operands);
  return builder.dim(result[0], 0).size == 1;
}

TurnState turn_state(Builder& builder, std::span<const Value> initial) {
  const std::vector<Value> known = builder.call(std::make_shared<const StepKernel>(0), initial);
  return {.step = builder.dim(known[0], 0).size, .values = {known.begin() + 1, known.end()}};
}

void end_turn(Builder& builder, size_t first, int64_t step, std::span<const Value> values) {
  Graph& graph = graph_of(builder);
  graph.pending = Pending{std::make_shared<const StepKernel>(step), graph.origin, first};
  graph.outputs.assign(values.begin(), values.end());
  throw SegmentEnd{};
}

void throw_endless(int64_t turns) {
  throw DataError("the condition of a loop still holds after " + std::to_string(turns) +
                  " turns; if the loop is to end later, set PredictOptions::max_turns to a larger number");
}

}  // namespace keraunos::host
