// The contents of Model::describe_plan, and its text and JSON.
#include <gtest/gtest.h>

#include "device_under_test.h"
#include "loader/files/json.h"
#include "unit/host/run/fake_source.h"

namespace keraunos {
namespace {

using files::Json;
using host::Graph;

const std::string kLayer = "a \"dense\"\\\n\x01 ä";  // every kind of character that JSON escapes

// (n, 3) · (3, 4) + bias, relu.
Model dense() {
  const auto lower = [](Graph& graph, auto, auto) {
    graph.origin = kLayer;
    Builder builder(graph);
    const Value weights = builder.constant(std::make_shared<const Tensor>(DType::float32, Dims{3, 4}));
    const Value bias = builder.constant(std::make_shared<const Tensor>(DType::float32, Dims{4}));
    graph.outputs = {builder.unary(Function::relu, builder.add(builder.matmul(graph.inputs[0], weights), bias))};
  };
  return host::model_of({{.name = "x", .dtype = DType::float32, .shape = {std::nullopt, 3}}},
                        {{.name = "y", .dtype = DType::float32, .shape = {std::nullopt, 4}}}, lower, device_under_test());
}

PlanDescription plan_of_dense() { return dense().describe_plan(std::vector<Dims>{{2, 3}}); }

TEST(PlanDescription, CountsWhatAProductCosts) {
  const PlanDescription plan = plan_of_dense();
  ASSERT_EQ(plan.steps.size(), 1u);
  const PlanDescription::Step& step = plan.steps[0];
  EXPECT_EQ(step.layer, kLayer);
  EXPECT_FALSE(step.kernel.empty());
  EXPECT_EQ(step.flops, 2 * 2 * 3 * 4);
  EXPECT_EQ(step.bytes_read, 4 * (2 * 3 + 3 * 4 + 4));
  EXPECT_EQ(step.bytes_written, 4 * 2 * 4);
  EXPECT_EQ(step.support, PlanDescription::Support::fast);
  ASSERT_EQ(step.operands.size(), 3u);
  EXPECT_EQ(step.operands[0].place, PlanDescription::Operand::Place::input);
  EXPECT_EQ(step.operands[1].dims, (Dims{3, 4}));
  EXPECT_EQ(step.operands[2].place, PlanDescription::Operand::Place::constant);
  ASSERT_EQ(step.results.size(), 1u);
  EXPECT_EQ(step.results[0].place, PlanDescription::Operand::Place::output);
  EXPECT_EQ(step.results[0].dims, (Dims{2, 4}));
  EXPECT_EQ(step.results[0].bytes, 32);
}

TEST(PlanDescription, AddsUpStepsAndMemory) {
  const PlanDescription plan = plan_of_dense();
  EXPECT_EQ(plan.flops, 48);
  EXPECT_EQ(plan.bytes_read, 88);
  EXPECT_EQ(plan.bytes_written, 32);
  EXPECT_EQ(plan.memory.constants, 64);
  EXPECT_EQ(plan.memory.inputs, 24);
  EXPECT_EQ(plan.memory.outputs, 32);
  EXPECT_EQ(plan.memory.intermediate, 0);
  ASSERT_EQ(plan.inputs.size(), 1u);
  EXPECT_EQ(plan.inputs[0].name, "x");
  EXPECT_EQ(plan.outputs.at(0).name, "y");
  EXPECT_FALSE(plan.device.empty());
  EXPECT_TRUE(plan.notes.empty());
}

TEST(PlanDescription, TextHasStepsTotalsAndDevice) {
  const PlanDescription plan = plan_of_dense();
  const std::string text = to_string(plan);
  for (const std::string& part : {plan.device, plan.steps[0].operation, '[' + plan.steps[0].kernel + ']', std::string("input 0"),
                                  std::string("-> output 0"), std::string("float32(2, 4)"), std::string("48 FLOP"),
                                  std::string("1 steps"), std::string("constants 64 bytes")}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << '\n' << text;
  }
  EXPECT_EQ(text.find("not fast"), std::string::npos) << text;
}

TEST(PlanDescription, TextSaysWhyAStepIsNotFast) {
  PlanDescription plan;
  plan.steps.push_back({.operation = "sort", .layer = "a", .support = PlanDescription::Support::slow, .reason = "one thread"});
  plan.notes.push_back({.layer = "b", .text = "stays apart"});
  EXPECT_NE(to_string(plan).find("not fast or not fused:\na: one thread\nb: stays apart\n"), std::string::npos);
}

// a·b + c·d needs two intermediate values: a GPU would interpret it as one program; two compiled kernels are faster.
TEST(PlanDescription, AGpuRunsWhatIsNoChainAsSeveralSteps) {
  const auto lower = [](Graph& graph, auto, auto) {
    graph.origin = "sum";
    Builder builder(graph);
    const auto& in = graph.inputs;
    graph.outputs = {builder.add(builder.multiply(in[0], in[1]), builder.multiply(in[2], in[3]))};
  };
  std::vector<TensorSpec> inputs;
  for (const char* name : {"a", "b", "c", "d"})
    inputs.push_back({.name = name, .dtype = DType::float32, .shape = {std::nullopt, 3}});
  const Model model =
      host::model_of(inputs, {{.name = "y", .dtype = DType::float32, .shape = {std::nullopt, 3}}}, lower, device_under_test());
  const PlanDescription plan = model.describe_plan(std::vector<Dims>(4, {2, 3}));
  for (const PlanDescription::Step& step : plan.steps) EXPECT_EQ(step.support, PlanDescription::Support::fast) << step.reason;
  if (device_under_test().kind == Device::cpu) {
    EXPECT_EQ(plan.steps.size(), 1u);
    EXPECT_TRUE(plan.notes.empty());
    return;
  }
  EXPECT_EQ(plan.steps.size(), 2u);
  ASSERT_EQ(plan.notes.size(), 1u);
  EXPECT_EQ(plan.notes[0].layer, "sum");
  EXPECT_NE(plan.notes[0].text.find("interpreted: it is not a chain"), std::string::npos) << plan.notes[0].text;
  EXPECT_NE(to_string(plan).find("sum: stays apart"), std::string::npos);
}

// No kernel is compiled for sin: a GPU interprets it, and the plan states that.
TEST(PlanDescription, AGpuIsSlowAtWhatItInterprets) {
  const auto lower = [](Graph& graph, auto, auto) {
    graph.origin = "wave";
    graph.outputs = {Builder(graph).unary(Function::sin, graph.inputs[0])};
  };
  const std::vector<TensorSpec> one{{.name = "x", .dtype = DType::float32, .shape = {std::nullopt, 3}}};
  const PlanDescription plan = host::model_of(one, one, lower, device_under_test()).describe_plan(std::vector<Dims>{{2, 3}});
  ASSERT_EQ(plan.steps.size(), 1u);
  const bool on_gpu = device_under_test().kind == Device::cuda;
  EXPECT_EQ(plan.steps[0].support, on_gpu ? PlanDescription::Support::slow : PlanDescription::Support::fast);
  if (!on_gpu) return;
  EXPECT_EQ(plan.steps[0].reason, "its program is interpreted: no kernel is compiled for sin");
  EXPECT_NE(to_string(plan).find("wave: its program is interpreted"), std::string::npos);
}

std::vector<std::string> keys_of(const Json& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.members()) keys.push_back(key);
  return keys;
}

using Keys = std::vector<std::string>;

TEST(PlanDescription, JsonHasTheDocumentedKeys) {
  const Json json = Json::parse(to_json(plan_of_dense()), "plan");
  EXPECT_EQ(keys_of(json), (Keys{"device", "rows", "rows_at_a_time", "side_by_side", "inputs", "outputs", "states", "steps",
                                 "memory", "flops", "bytes_read", "bytes_written", "launches", "notes"}));
  const Json& step = json["steps"][0];
  EXPECT_EQ(keys_of(step), (Keys{"operation", "kernel", "layer", "operands", "results", "flops", "bytes_read", "bytes_written",
                                 "launches", "support", "reason", "depth", "part", "turns"}));
  EXPECT_EQ(keys_of(step["operands"][0]), (Keys{"place", "index", "dtype", "shape", "bytes"}));
  EXPECT_EQ(keys_of(json["inputs"][0]), (Keys{"name", "dtype", "shape", "bytes", "on_host"}));
  EXPECT_EQ(keys_of(json["memory"]),
            (Keys{"arena", "host_arena", "workspace", "intermediate", "constants", "inputs", "outputs"}));
}

TEST(PlanDescription, JsonReadsBackWithAnyLayerName) {
  const PlanDescription plan = plan_of_dense();
  const Json json = Json::parse(to_json(plan), "plan"), &step = json["steps"][0];
  EXPECT_EQ(step["layer"].as_string(), kLayer);
  EXPECT_EQ(step["kernel"].as_string(), plan.steps[0].kernel);
  EXPECT_EQ(step["support"].as_string(), "fast");
  EXPECT_EQ(step["flops"].as_double(), 48);
  EXPECT_EQ(step["results"][0]["place"].as_string(), "output");
  EXPECT_EQ(step["results"][0]["shape"], Json::parse("[2, 4]", "shape"));
  EXPECT_EQ(json["memory"]["arena"].as_int(), plan.memory.arena);
  EXPECT_EQ(json["inputs"][0]["name"].as_string(), "x");
  EXPECT_EQ(json["device"].as_string(), plan.device);
}

}  // namespace
}  // namespace keraunos
