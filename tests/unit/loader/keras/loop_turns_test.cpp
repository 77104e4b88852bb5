// Kernels whose results' shapes depend on data, inside loops and branches.
#include "build_graph.h"
#include "host/graph/loop_writer.h"
#include "host/model/model_state.h"
#include "loader/keras/keras_model.h"
#include "loader/layers/common/inner_graph.h"

namespace keraunos::loader {
namespace {

// The positive elements of a tensor, in order.
class PositivesKernel final : public Kernel {
 public:
  std::string name() const override { return "positives"; }
  std::optional<std::vector<TensorType>> infer(std::span<const TensorType>) const override { return std::nullopt; }
  std::vector<Tensor> run_dynamic(std::span<const TensorView> inputs) const override {
    std::vector<float> found;
    for (int64_t i = 0; i < inputs[0].dims.elements(); ++i) {
      if (static_cast<const float*>(inputs[0].data)[i] > 0) found.push_back(static_cast<const float*>(inputs[0].data)[i]);
    }
    std::vector<Tensor> results;
    results.push_back(Tensor::copy_of({found, {static_cast<int64_t>(found.size())}}));
    return results;
  }
};

Value positives(Lowering& l, Value x) {
  const Value operands[]{x};
  return l.call(std::make_shared<const PositivesKernel>(), operands)[0];
}

Model model_of(LayerDef def, const Device& device = {}) {
  def.classes = {"Own"};
  CustomObjects custom;
  custom.layer(std::move(def));
  const std::string layer =
      R"({"class_name": "Own", "name": "own", "config": {"name": "own"}, "inbound_nodes": [[["x", 0, 0, {}]]]})";
  const auto graph = graph_of(
      functional("m", input("x", "[null, 4, 2]") + ", " + layer, R"([["x", 0, 0]])", R"([["own", 0, 0]])"), "2.15.0", custom);
  LoadOptions options;
  options.device = device;
  return host::make_model(std::make_shared<const KerasModel>(graph, custom), options);
}

std::vector<float> values_of(const Tensor& tensor) {
  const auto values = tensor.values<float>();
  return {values.begin(), values.end()};
}

const std::vector<float> kRow{1, -2, 3, 4, -5, -6, 7, -8};

// y is extended by the positive elements of each step; the number of earlier ones is stacked, and added at the end.
TEST(LoopTurns, CarryWhatGrowsWithTheData) {
  const Model model = model_of({.lower = [](Lowering& l) -> std::vector<Traced> {
    const Value start = l.broadcast_to(l.scalar(10, DType::float32), {{1}});
    const LoopResults results = l.loop({.carried = {start}, .sequences = {l.input().value}}, [&](const LoopStep& s) {
      const Value parts[]{s.carried[0], positives(l, l.multiply(s.slices[0], 2.0))};
      const Value grown = l.concatenate(parts, 0);
      return LoopResults{.carried = {grown}, .stacked = {l.reduce(Reduction::sum, grown, std::array{0}, true)}};
    });
    const Value both[]{results.carried[0], l.reshape(results.stacked[0], {{4}})};
    return {{l.concatenate(both, 0)}};
  }});
  const std::vector<float> expected{10, 2, 6, 8, 14, 12, 26, 26, 40};
  EXPECT_EQ(values_of(model.predict({kRow, {1, 4, 2}})), expected);
  EXPECT_EQ(values_of(model.predict({kRow, {1, 4, 2}})), expected);  // uses the plans of the first call
  const std::vector<float> none(8, -1.0f);
  EXPECT_EQ(values_of(model.predict({none, {1, 4, 2}})), (std::vector<float>{10, 10, 10, 10, 10}));
}

TEST(LoopTurns, RunBackwardsAndInsideOneAnother) {
  const Model model = model_of({.lower = [](Lowering& l) -> std::vector<Traced> {
    const Value start = l.broadcast_to(l.scalar(0, DType::float32), {{1}});
    const LoopResults outer =
        l.loop({.carried = {start}, .sequences = {l.input().value}, .backwards = true}, [&](const LoopStep& s) {
          const Value wide = l.expand_dims(s.slices[0], 2);  // (N, 2, 1)
          const LoopResults inner = l.loop({.carried = {s.carried[0]}, .sequences = {wide}}, [&](const LoopStep& t) {
            const Value parts[]{t.carried[0], positives(l, t.slices[0])};
            return LoopResults{.carried = {l.concatenate(parts, 0)}};
          });
          return LoopResults{.carried = {inner.carried[0]}};
        });
    return {{outer.carried[0]}};
  }});
  EXPECT_EQ(values_of(model.predict({kRow, {1, 4, 2}})), (std::vector<float>{0, 7, 3, 4, 1}));
}

// Doubles the positive elements until the sum exceeds a limit.
LayerDef until(float limit) {
  return {.lower = [limit](Lowering& l) -> std::vector<Traced> {
    const Value x = l.input().value;
    host::LoopWriter loop = loop_writer(l, {});
    const auto results = loop.write(
        [&] {
          const Value now = loop.carry(x);
          const Value kept = positives(l, now);
          loop.next(now, l.multiply(kept, 2.0));
        },
        [&](std::span<const Value> carried, std::span<const Value>) {
          std::vector<int> axes;
          for (int i = 0; i < l.rank(carried[0]); ++i) axes.push_back(i);
          return l.binary(Function::less, l.reduce(Reduction::sum, carried[0], axes, false), l.scalar(limit, DType::float32));
        });
    return {{results.carried[0]}};
  }};
}

TEST(LoopTurns, EndWhereTheirConditionSays) {
  EXPECT_EQ(values_of(model_of(until(50)).predict({kRow, {1, 4, 2}})), (std::vector<float>{4, 12, 16, 28}));
  EXPECT_EQ(model_of(until(-100)).predict({kRow, {1, 4, 2}}).dims(), (Dims{1, 4, 2}));
}

TEST(LoopTurns, RefuseToRunForEver) {
  const std::vector<float> none(8, -1.0f);
  expect_error<DataError>([&] { static_cast<void>(model_of(until(50)).predict({none, {1, 4, 2}})); }, "more than 1000 turns");
}

TEST(LoopTurns, TakeTheSideOfABranchThatRuns) {
  const Model model = model_of({.lower = [](Lowering& l) -> std::vector<Traced> {
    const Value operands[]{l.input().value};
    const Value sum = l.reduce(Reduction::sum, operands[0], std::array{0, 1, 2}, false);
    const Value condition = l.binary(Function::less, sum, l.scalar(0, DType::float32));
    const auto then = [&](std::span<const Value> in) { return std::vector<Value>{positives(l, in[0])}; };
    const auto otherwise = [&](std::span<const Value> in) { return std::vector<Value>{l.reshape(in[0], {{8}})}; };
    return {{write_branch(l, condition, operands, then, otherwise)[0]}};
  }});
  EXPECT_EQ(values_of(model.predict({kRow, {1, 4, 2}})), (std::vector<float>{1, 3, 4, 7}));
  const std::vector<float> ones(8, 1.0f);
  EXPECT_EQ(values_of(model.predict({ones, {1, 4, 2}})), ones);
}

}  // namespace
}  // namespace keraunos::loader
