#include "build_graph.h"
#include "host/graph/graph.h"
#include "loader/keras/keras_model.h"

namespace keraunos::loader {
namespace {

std::shared_ptr<const KerasModel> model_of(const std::string& json, const std::string& version,
                                           const CustomObjects& custom = {}) {
  const auto graph = graph_of(json, version, custom);
  fill_synthetic(*graph, 7);
  return std::make_shared<const KerasModel>(graph, custom);
}

host::Graph lower(const KerasModel& model, std::vector<Dims> inputs) {
  std::vector<TensorType> types;
  for (size_t i = 0; i < inputs.size(); ++i) types.push_back({model.inputs()[i].dtype, inputs[i]});
  return model.lower(types, {});
}

template <class T>
std::vector<std::string> origins_of(const host::Graph& graph) {
  std::vector<std::string> origins;
  for (const host::Node& node : graph.nodes) {
    if (std::holds_alternative<T>(node.op)) origins.push_back(node.origin);
  }
  return origins;
}

using Names = std::vector<std::string>;

std::string nested_twice() {
  const std::string inner =
      functional("inner", input("i") + ", " + called("inside", R"([[["i", 0, 0, {}]]])"), R"([["i", 0, 0]])",
                 R"([["inside", 0, 0]])", R"("name": "inner", "inbound_nodes": [[["x", 0, 0, {}]], [["inner", 1, 0, {}]]])");
  return functional("model", input("x") + ", " + inner + ", " + called("y", R"([[["inner", 2, 0, {}]]])"), R"([["x", 0, 0]])",
                    R"([["y", 0, 0]])");
}

TEST(Lowering, CallsOfANestedModelShareWeightsAndHaveOriginsOfTheirOwn) {
  const auto model = model_of(nested_twice(), "2.15.0");
  const host::Graph graph = lower(*model, {{4, 1}});
  EXPECT_EQ(origins_of<host::MatMul>(graph), (Names{"inner/inside", "inner#1/inside", "y"}));
  Names kernels;
  std::vector<Value> operands;
  for (const host::Node& node : graph.nodes) {
    if (std::holds_alternative<host::MatMul>(node.op)) operands.push_back(node.in[1]);
  }
  EXPECT_EQ(operands[0], operands[1]);
  EXPECT_FALSE(operands[0] == operands[2]);
  EXPECT_EQ(graph.info(graph.outputs[0]).shape[0].size, 4);
}

TEST(Lowering, OutputsOfAnyLayerMayReplaceTheModels) {
  const auto model = model_of(nested_twice(), "2.15.0");
  const auto other = model->with_outputs({"inner", "inner/inside"});
  ASSERT_EQ(other->outputs().size(), 2u);
  EXPECT_EQ(other->outputs()[0].name, "inner");
  const std::vector<TensorType> types{{DType::float32, {4, 1}}};
  const host::Graph graph = other->lower(types, {});
  EXPECT_EQ(graph.outputs[0], graph.outputs[1]);
  expect_error<UsageError>([&] { model->with_outputs({"nobody"}); }, R"(no layer "nobody")");
}

TEST(Lowering, SpecsKeepWhatIsOpen) {
  const auto model = model_of(functional("m", input("x", "[null, null, 3]") + ", " + called("y", R"([[["x", 0, 0, {}]]])"),
                                         R"([["x", 0, 0]])", R"([["y", 0, 0]])"),
                              "2.15.0");
  ASSERT_EQ(model->outputs()[0].shape.size(), 3u);
  EXPECT_FALSE(model->outputs()[0].shape[0]);
  EXPECT_FALSE(model->outputs()[0].shape[1]);
  EXPECT_EQ(model->outputs()[0].shape[2], 1);
}

TEST(Lowering, FloatingInputsAreCastToTheComputeDtype) {
  const auto model =
      model_of(functional("m", input("x") + ", " + called("y", R"([[["x", 0, 0, {}]]])", R"("dtype": "mixed_float16")"),
                          R"([["x", 0, 0]])", R"([["y", 0, 0]])"),
               "2.15.0");
  EXPECT_EQ(model->outputs()[0].dtype, DType::float16);
  const host::Graph graph = lower(*model, {{2, 1}});
  for (const host::Node& node : graph.nodes) {
    if (std::holds_alternative<host::MatMul>(node.op)) {
      EXPECT_EQ(graph.info(node.in[1]).dtype, DType::float16);
    }
  }
  EXPECT_EQ(model->root().children[1].weights[0].tensor->dtype(), DType::float32);
}

TEST(Lowering, AllRefusalsComeAtOnce) {
  const std::string noise =
      R"({"class_name": "Dropout", "name": "noise", "config": {"name": "noise", "rate": 0.5}, "inbound_nodes": [[["x", 0, 0, {"training": true}]]]})";
  const std::string lambda =
      R"({"class_name": "Lambda", "name": "code", "config": {"name": "code"}, "inbound_nodes": [[["noise", 0, 0, {}]]]})";
  const std::string json =
      functional("m", input("x") + ", " + noise + ", " + lambda + ", " + called("y", R"([[["code", 0, 0, {}]]])"),
                 R"([["x", 0, 0]])", R"([["y", 0, 0]])");
  try {
    model_of(json, "2.15.0");
    FAIL() << "nothing was refused";
  } catch (const UnsupportedError& error) {
    ASSERT_EQ(error.items.size(), 2u) << error.what();
    EXPECT_EQ(error.items[0].layer, "code");
    EXPECT_EQ(error.items[1].layer, "noise");
  }
}

TEST(Lowering, RefusalsOfTheProbesSizesAreNone) {
  CustomObjects custom;
  custom.layers.push_back(std::make_shared<const LayerDef>(
      LayerDef{.classes = {"Long"}, .keys = {}, .weights = {}, .children = {}, .lower = [](Lowering& l) {
                 const Traced x = l.input();
                 if (l.dim(x.value, 1).size < 50) l.refuse("needs 50 steps, found " + std::to_string(l.dim(x.value, 1).size));
                 return std::vector<Traced>{x};
               }}));
  const std::string layer =
      R"({"class_name": "Long", "name": "c", "config": {"name": "c"}, "inbound_nodes": [[["x", 0, 0, {}]]]})";
  const auto model = model_of(
      functional("m", input("x", "[null, null, 3]") + ", " + layer, R"([["x", 0, 0]])", R"([["c", 0, 0]])"), "2.15.0", custom);
  EXPECT_FALSE(model->outputs()[0].shape[1]);
  expect_error<ModelError>([&] { lower(*model, {{1, 20, 3}}); }, "needs 50 steps, found 20");
}

TEST(Lowering, ReplacementsAndCustomLayersComeBeforeBuiltInOnes) {
  const std::string lambda =
      R"({"class_name": "Lambda", "name": "code", "config": {"name": "code"}, "inbound_nodes": [[["x", 0, 0, {}]]]})";
  const std::string json = functional("m", input("x") + ", " + lambda + ", " + called("y", R"([[["code", 0, 0, {}]]])"),
                                      R"([["x", 0, 0]])", R"([["y", 0, 0]])");
  const auto negated = [](Lowering& l) { return std::vector<Traced>{{l.unary(Function::negate, l.input().value), {}}}; };
  CustomObjects custom;
  custom.replacements.emplace_back(
      "code", std::make_shared<const LayerDef>(
                  LayerDef{.classes = {"Lambda"}, .keys = {}, .weights = {}, .children = {}, .lower = negated}));
  custom.layers.push_back(std::make_shared<const LayerDef>(
      LayerDef{.classes = {"Dense"}, .keys = {}, .weights = {}, .children = {}, .lower = negated}));
  const host::Graph graph = lower(*model_of(json, "2.15.0", custom), {{2, 1}});
  EXPECT_EQ(origins_of<host::Pointwise>(graph), (Names{"code", "y"}));
  EXPECT_TRUE(origins_of<host::MatMul>(graph).empty());
}

TEST(Lowering, CustomClassMayBeTheWholeModel) {
  const std::string json =
      R"({"class_name": "Mine", "module": "my.models", "registered_name": "My>Mine", "config": {"name": "mine"},
                              "build_config": {"input_shape": [null, 4]}})";
  const auto refused = graph_of(json, "3.15.1");
  ASSERT_EQ(refusals_in(*refused->root).size(), 1u);
  EXPECT_NE(refusals_in(*refused->root)[0].reason.find("is a model class of its own"), std::string::npos);
  CustomObjects custom;
  custom.layers.push_back(std::make_shared<const LayerDef>(
      LayerDef{.classes = {"My>Mine"}, .keys = {}, .weights = {}, .children = {}, .lower = [](Lowering& l) {
                 return std::vector<Traced>{l.input()};
               }}));
  const auto model = model_of(json, "3.15.1", custom);
  EXPECT_EQ(model->inputs()[0].shape[1], 4);
  EXPECT_EQ(model->outputs()[0].name, "mine");
}

TEST(Lowering, WhatCannotRunIsSaidBeforeWhatIsMissing) {
  const std::string json = R"({"class_name": "Sequential", "config": [{"class_name": "Lambda", "config": {"name": "code"}}]})";
  expect_error<UnsupportedError>([&] { model_of(json, "2.3.0"); }, "Python function");
  const std::string dense_alone = R"({"class_name": "Sequential", "config": [)" + dense("d") + "]}";
  expect_error<ModelError>([&] { model_of(dense_alone, "2.3.0"); }, "does not say the shape of its input");
}

TEST(Lowering, CustomFunctionsAreActivations) {
  const std::string json =
      functional("m", input("x") + ", " + called("y", R"([[["x", 0, 0, {}]]])", R"("activation": "My>bend")"), R"([["x", 0, 0]])",
                 R"([["y", 0, 0]])");
  expect_error<UnsupportedError>([&] { model_of(json, "2.15.0"); }, R"(the activation "My>bend")");
  CustomObjects custom;
  custom.functions.emplace_back("My>bend", [](Builder& builder, Value x) { return builder.unary(Function::abs, x); });
  EXPECT_FALSE(origins_of<host::Pointwise>(lower(*model_of(json, "2.15.0", custom), {{2, 1}})).empty());
}

TEST(Lowering, WrongShapesNameLayerWeightExpectedAndFound) {
  const auto graph = graph_of(functional("m", input("x", "[null, 4]") + ", " + called("y", R"([[["x", 0, 0, {}]]])"),
                                         R"([["x", 0, 0]])", R"([["y", 0, 0]])"),
                              "2.15.0");
  graph->make_weight = [](const LayerInstance&, const std::string&, const Dims&) {
    return std::make_shared<const Tensor>(DType::float32, Dims{3, 1});
  };
  // The function that makes weights is called once; afterwards its weights are used as if the file held them.
  for (WeightInfo& weight : layer_at(*graph, "y").weights)
    weight.tensor = std::make_shared<const Tensor>(DType::float32, Dims{3, 1});
  expect_error([&] { KerasModel(graph, {}); },
               R"(layer "y" (Dense): weight "kernel" should have the shape (4, 1), the file holds (3, 1))");
}

// fnv1a64("y/kernel") and splitmix64, computed with Python's integers.
TEST(Synthetic, MakesTheNumbersOfTheGenerator) {
  const auto model = model_of(functional("m", input("x", "[null, 4]") + ", " + called("y", R"([[["x", 0, 0, {}]]])"),
                                         R"([["x", 0, 0]])", R"([["y", 0, 0]])"),
                              "2.15.0");
  const auto& weights = model->root().children[1].weights;
  const std::vector<float> kernel{0.1367153525352478F, -0.8103114366531372F, -0.17642749845981598F, 0.22519901394844055F};
  for (size_t i = 0; i < kernel.size(); ++i) EXPECT_NEAR(weights[0].tensor->values<float>()[i], kernel[i], 1e-7);
  EXPECT_NEAR(weights[1].tensor->values<float>()[0], -0.018773160874843597F, 1e-8);
}

}  // namespace
}  // namespace keraunos::loader
