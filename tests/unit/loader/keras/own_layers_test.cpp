// What the public interface of layers refuses, and how it reads a config.
#include "build_graph.h"
#include "loader/keras/keras_model.h"

namespace keraunos::loader {
namespace {

using Step = std::function<LoopResults(Lowering&, const LoopStep&)>;

// Loads a model whose only layer `own` has that definition and config.
void load(LayerDef def, const std::string& config = {}) {
  def.classes = {"Own"};
  CustomObjects custom;
  custom.layer(std::move(def));
  const std::string layer =
      R"({"class_name": "Own", "name": "own", "config": {"name": "own")" + config + R"(}, "inbound_nodes": [[["x", 0, 0, {}]]]})";
  const auto graph = graph_of(
      functional("m", input("x", "[null, 5, 3]") + ", " + layer, R"([["x", 0, 0]])", R"([["own", 0, 0]])"), "2.15.0", custom);
  fill_synthetic(*graph, 7);
  KerasModel(graph, custom);
}

// A layer that loops over its input, starting from zeros.
LayerDef looping(const Step& step, int64_t other_steps = 5) {
  return {.lower = [step, other_steps](Lowering& l) -> std::vector<Traced> {
    const Value x = l.input().value, zeros = l.broadcast_to(l.scalar(0, DType::float32), {l.dim(x, 0), {3}});
    const Value other = l.slice_axis(x, 1, 0, other_steps);
    const LoopResults results =
        l.loop({.carried = {zeros}, .sequences = {x, other}}, [&](const LoopStep& inside) { return step(l, inside); });
    return {{results.carried[0]}};
  }};
}

TEST(OwnLayers, ALoopSaysWhatDoesNotFit) {
  load(looping([](Lowering& l, const LoopStep& s) { return LoopResults{.carried = {l.add(s.carried[0], s.slices[0])}}; }));
  expect_error([] { load(looping([](Lowering&, const LoopStep&) { return LoopResults{}; })); },
               "carries 1 values and a step that returns 0");
  expect_error(
      [] {
        load(
            looping([](Lowering& l, const LoopStep& s) { return LoopResults{.carried = {l.slice_axis(s.slices[0], 1, 0, 2)}}; }));
      },
      ", 2) float32, expected (");
  expect_error(
      [] {
        load(looping(
            [](Lowering& l, const LoopStep& s) { return LoopResults{.carried = {l.cast(s.carried[0], DType::float64)}}; }));
      },
      ", 3) float64, expected (");
  const auto kept = [](Lowering&, const LoopStep& s) { return LoopResults{.carried = s.carried}; };
  expect_error([&] { load(looping(kept, 4)); }, "over sequences of 5 and 4 steps");
  expect_error(
      [] {
        load({.lower = [](Lowering& l) -> std::vector<Traced> {
          return {{l.loop({.carried = {l.input().value}}, [](const LoopStep& s) {
                      return LoopResults{.carried = s.carried};
                    }).carried[0]}};
        }});
      },
      "loop over no sequence");
}

TEST(OwnLayers, ChildrenStandInTheConfigOrAreMade) {
  std::vector<std::string> classes;
  const LayerDef def{.keys = {"parts", "first"},
                     .children =
                         [](const Config& config) {
                           std::vector<ChildName> children{{.attribute = "first", .aliases = {}, .config = config.layer("first")},
                                                           {.attribute = "made", .aliases = {}, .config = {"ReLU", "{}"}},
                                                           {.attribute = "none", .aliases = {}, .config = {}}};
                           for (const SerialisedLayer& part : config.layers("parts"))
                             children.push_back({"parts/" + std::to_string(children.size() - 3), {}, part});
                           return children;
                         },
                     .lower = [&](Lowering& l) -> std::vector<Traced> {
                       classes = {l.child_class("first"), l.child_class("made"), l.child_class("parts/1")};
                       Traced x = l.call_child("made", {Arg{l.input()}})[0];
                       return l.call_child("parts/0", {Arg{x}});
                     }};
  const std::string parts = R"(, "first": )" + dense("a") + R"(, "parts": [)" + dense("b") + ", " +
                            R"({"class_name": "Flatten", "config": {"name": "f"}}])";
  load(def, parts);
  EXPECT_EQ(classes, (std::vector<std::string>{"Dense", "ReLU", "Flatten"}));
  expect_error([&] { load(def, R"(, "first": )" + dense("a") + R"(, "parts": [1])"); }, R"("parts" should be a list of objects)");
  expect_error([&] { load(def, R"(, "first": 3)"); }, R"("first" should be an object)");
  expect_error([] { SerialisedLayer("Dense", "{units: 1}"); }, "the config of a Dense is no valid JSON");
}

TEST(OwnLayers, StatesTheInputOfASequential) {
  CustomObjects custom;
  custom.layer(
      {.classes = {"Own"}, .lower = [](Lowering& l) { return std::vector<Traced>{l.input()}; }, .input_dtype = DType::int32});
  const auto graph = graph_of(
      R"({"class_name": "Sequential", "config": [{"class_name": "Own", "config": {"name": "o", "batch_input_shape": [null, 2]}}]})",
      "2.15.0", custom);
  EXPECT_EQ(graph->root->network->inputs[0].dtype, DType::int32);
}

}  // namespace
}  // namespace keraunos::loader
