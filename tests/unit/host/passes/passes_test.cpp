// Passes on small graphs, checked by the graph's text.
#include "host/passes/passes.h"

#include <gtest/gtest.h>

#include "keraunos/error.h"

namespace keraunos::host {
namespace {

class PassesTest : public ::testing::Test {
 protected:
  Value input(Shape shape, DType type = DType::float32) {
    const Value v = graph.add_value({.shape = std::move(shape), .dtype = type});
    graph.inputs.push_back(v);
    return v;
  }
  Value weight(Dims dims) { return builder.constant(std::make_shared<const Tensor>(DType::float32, dims)); }
  std::string optimised(Value output) {
    graph.outputs = {output};
    optimise(graph);
    return to_string(graph);
  }
  Graph graph;
  Builder builder{graph};
};

TEST_F(PassesTest, BiasAndActivationBecomeTheEpilogueOfAProduct) {
  const Value x = input({{10}, {3}}), w = weight({3, 5}), b = weight({5});
  const Value y = builder.unary(Function::relu, builder.add(builder.matmul(x, w), b));
  EXPECT_EQ(
      optimised(y),
      "%0 = input : float32(10, 3)\n%3 = matmul then {r2=add r0 r1; r3=relu r2} %0 $1 $2 : float32(10, 5)  # \nreturn %3\n");
}

TEST_F(PassesTest, DenseOnSequencesTakesItsEpilogueThroughTheReshape) {
  const Value y = builder.add(builder.matmul(input({{2}, {7}, {3}}), weight({3, 5})), weight({5}));
  const std::string text = optimised(y);
  EXPECT_NE(text.find("matmul then {r2=add r0 r1}"), std::string::npos) << text;
  EXPECT_EQ(text.find("pointwise"), std::string::npos) << text;
}

TEST_F(PassesTest, ABiasOfHeadsAndTheirSizesBecomesTheEpilogue) {
  const auto projected = [&](Shape result, Dims bias) {
    const Value product = builder.matmul(input({{elements_of(result) / 20}, {3}}), weight({3, 20}));
    return optimised(builder.add(builder.reshape(product, std::move(result)), weight(bias)));
  };
  EXPECT_NE(projected({{2}, {7}, {4}, {5}}, {4, 5}).find("matmul then {r2=add r0 r1}"), std::string::npos);
  EXPECT_NE(projected({{2}, {7}, {4}, {5}}, {1, 4, 5}).find("matmul then {r2=add r0 r1}"), std::string::npos);
  EXPECT_EQ(projected({{2}, {7}, {4}, {5}}, {1, 5}).find(" then "), std::string::npos);     // the same for each head
  EXPECT_EQ(projected({{2}, {7}, {4}, {5}}, {7, 4, 5}).find(" then "), std::string::npos);  // and for every step
  EXPECT_EQ(projected({{2}, {35}, {4}}, {35, 4}).find(" then "), std::string::npos);        // rows and columns mixed
  EXPECT_EQ(projected({{5}, {4}, {5}}, {5, 4, 1}).find(" then "), std::string::npos);       // as many numbers, other axes
}

TEST_F(PassesTest, PaddingMovesIntoTheConvolution) {
  const int64_t low[] = {0, 0, 1, 0}, high[] = {0, 1, 2, 0};
  const Value y = builder.convolve(builder.pad(input({{1}, {8}, {8}, {3}}), low, high, 0), weight({3, 3, 3, 4}), {}, 1);
  const std::string text = optimised(y);
  EXPECT_NE(text.find("low=[0,1,0] high=[1,2,0]"), std::string::npos) << text;
  EXPECT_EQ(text.find("pad"), std::string::npos) << text;
}

TEST_F(PassesTest, PaddingWithAnotherNumberStays) {
  const int64_t low[] = {0, 1, 1, 0}, high[] = {0, 1, 1, 0};
  const Value y = builder.convolve(builder.pad(input({{1}, {8}, {8}, {3}}), low, high, 1), weight({3, 3, 3, 4}), {}, 1);
  EXPECT_NE(optimised(y).find("pad"), std::string::npos);
}

TEST_F(PassesTest, AScaleBehindAConvolutionMovesIntoItsWeights) {
  const Value conv = builder.convolve(input({{1}, {8}, {8}, {3}}), weight({3, 3, 3, 4}), {}, 1);
  const Value y = builder.add(builder.multiply(builder.add(conv, weight({4})), weight({4})), weight({4}));
  const std::string text = optimised(y);
  // Only one chain of additions depends on the data; the multiplications read constants only.
  EXPECT_NE(text.find("conv"), std::string::npos);
  const size_t conv_line = text.find("= conv");
  EXPECT_EQ(text.find("multiply", conv_line), std::string::npos) << text;
}

TEST_F(PassesTest, AScaleStaysWhereTheProductHasAnotherReader) {
  const Value conv = builder.convolve(input({{1}, {8}, {8}, {3}}), weight({3, 3, 3, 4}), {}, 1);
  const Value scaled = builder.multiply(conv, weight({4}));
  const Value both = builder.concatenate(std::vector<Value>{conv, scaled}, -1);
  const std::string text = optimised(both);
  EXPECT_NE(text.find("multiply", text.find("= conv")), std::string::npos) << text;
}

// The number of additions on the data after the first convolution in the text: those on constants only come before it.
size_t additions_behind(const std::string& text, const std::string& first) {
  size_t count = 0;
  for (size_t at = text.find("=add", text.find(first)); at != std::string::npos; at = text.find("=add", at + 1)) ++count;
  return count;
}

TEST_F(PassesTest, ABiasAndTheShiftBehindItAreOneAddition) {
  const Value conv = builder.convolve(input({{1}, {8}, {8}, {3}}), weight({3, 3, 3, 4}), {}, 1);
  const Value y =
      builder.unary(Function::relu, builder.add(builder.multiply(builder.add(conv, weight({4})), weight({4})), weight({4})));
  const std::string text = optimised(y);
  EXPECT_NE(text.find("= conv"), std::string::npos);
  EXPECT_EQ(additions_behind(text, "= conv"), 1u) << text;
}

TEST_F(PassesTest, TheShiftOfAShortcutJoinsTheMainBranch) {
  const Value x = input({{1}, {8}, {8}, {4}});
  const Value shortcut = builder.add(builder.convolve(x, weight({1, 1, 4, 4}), {}, 1), weight({4}));
  const Value main =
      builder.add(builder.convolve(x, weight({3, 3, 4, 4}), {.low = {1, 1, 0}, .high = {1, 1, 0}}, 1), weight({4}));
  const std::string text = optimised(builder.add(shortcut, main));
  EXPECT_NE(text.find("groups=1 %0"), std::string::npos) << text;  // the shortcut has no epilogue
  EXPECT_NE(text.find("groups=1 then {r3=add r0 r1; r4=add r3 r2} %0"), std::string::npos) << text;
}

TEST_F(PassesTest, ShiftsStayWhereTheyAreReadOrRounded) {
  const Value x = input({{2}, {4}}), half = input({{2}, {4}}, DType::float16);
  const Value once = builder.add(x, weight({4}));
  const Value b = builder.constant(std::make_shared<const Tensor>(DType::float16, Dims{4}));
  const Value c = builder.constant(std::make_shared<const Tensor>(DType::float16, Dims{4}));
  graph.outputs = {once, builder.add(once, weight({4})), builder.add(builder.add(half, b), c)};
  EXPECT_FALSE(merge_shifts(graph));
}

TEST_F(PassesTest, AResidualJoinsTheLaterConvolution) {
  const Value x = input({{1}, {8}, {8}, {4}});
  const Value y = builder.unary(Function::relu, builder.add(builder.convolve(x, weight({1, 1, 4, 4}), {}, 1), x));
  const std::string text = optimised(y);
  EXPECT_EQ(text.find("pointwise"), std::string::npos) << text;
}

TEST_F(PassesTest, OperandsThatAreOneValueAreReadOnce) {
  const Value x = input({{4}});
  EXPECT_NE(optimised(builder.multiply(x, x)).find("multiply r0 r0} %0 :"), std::string::npos);
}

TEST_F(PassesTest, EqualNodesAreSharedAndDeadOnesGo) {
  const Value x = input({{4}, {4}});
  builder.unary(Function::sin, x);
  const int order[] = {1, 0};
  const Value y = builder.add(builder.transpose(x, order), builder.transpose(x, order));
  const std::string text = optimised(y);
  EXPECT_EQ(text.find("transpose"), text.rfind("transpose")) << text;
  EXPECT_EQ(text.find("sin"), std::string::npos);
}

TEST_F(PassesTest, ALoopIsWrittenOut) {
  auto body = std::make_shared<Graph>();
  Builder inside(*body);
  const Value state = body->add_value({.shape = {{2}, {3}}}), step = body->add_value({.shape = {{2}, {3}}});
  body->inputs = {state, step};
  const Value next = inside.add(state, step);
  body->outputs = {next, next};
  const Value initial = input({{2}, {3}}), sequence = input({{4}, {2}, {3}});
  const auto out = graph.add(Loop{.body = body, .carried = 1, .sliced = 1, .stacked = 1}, {initial, sequence},
                             {{.shape = {{2}, {3}}}, {.shape = {{4}, {2}, {3}}}});
  graph.outputs = {out[0], out[1]};
  optimise(graph);
  const std::string text = to_string(graph);
  EXPECT_EQ(text.find("loop"), std::string::npos) << text;
  size_t additions = 0;
  for (size_t at = text.find("=add"); at != std::string::npos; at = text.find("=add", at + 1)) ++additions;
  EXPECT_EQ(additions, 4u) << text;
}

// Adds to a sum once per step: `write` computes the sum after a step.
Loop loop_of(const std::function<Value(Builder&, std::span<const Value>)>& write, const std::vector<Shape>& inputs, int carried) {
  auto body = std::make_shared<Graph>();
  for (const Shape& shape : inputs) body->inputs.push_back(body->add_value({.shape = shape}));
  Builder inside(*body);
  body->outputs.assign(body->inputs.begin(), body->inputs.begin() + carried);
  body->outputs[0] = write(inside, body->inputs);
  return {.body = body, .carried = carried, .steps = 1000};
}

TEST_F(PassesTest, ALongLoopStaysAndItsBodyIsOptimised) {
  const Value initial = input({{2}, {3}}), w = weight({3, 3}), b = weight({3});
  const Loop loop = loop_of([](Builder& i, auto v) { return i.unary(Function::relu, i.add(i.matmul(v[0], v[1]), v[2])); },
                            {{{2}, {3}}, {{3}, {3}}, {{3}}}, 1);
  graph.outputs = graph.add(loop, {initial, w, b});
  optimise(graph);
  ASSERT_EQ(graph.nodes.size(), 1u) << to_string(graph);
  EXPECT_EQ(graph.nodes[0].in.size(), 1u) << "the weights are constants of the body";
  const Graph& body = *std::get<Loop>(graph.nodes[0].op).body;
  ASSERT_EQ(body.nodes.size(), 1u) << to_string(body);
  EXPECT_NE(describe(body.nodes[0].op).find("matmul"), std::string::npos);
}

TEST_F(PassesTest, WhatALoopCarriesUnchangedIsCaptured) {
  const Value initial = input({{2}, {3}}), same = input({{2}, {3}});
  const Loop loop = loop_of([](Builder& i, auto v) { return i.add(v[0], v[1]); }, {{{2}, {3}}, {{2}, {3}}}, 2);
  graph.outputs = graph.add(loop, {initial, same});
  optimise(graph);
  EXPECT_EQ(std::get<Loop>(graph.nodes[0].op).carried, 1);
  EXPECT_EQ(graph.outputs[1], same);
  EXPECT_EQ(graph.nodes[0].in, (std::vector<Value>{initial, same}));
}

TEST_F(PassesTest, WhatALoopCarriesTwiceIsCarriedOnce) {
  Loop loop = loop_of([](Builder& i, auto v) { return i.add(v[0], i.multiply(v[1], v[2])); },
                      {{{2}, {3}}, {{2}, {3}}, {{2}, {3}}, {{2}, {3}}}, 3);
  auto body = std::make_shared<Graph>(*loop.body);
  body->outputs = {body->outputs[0], body->outputs[0], body->outputs[0]};  // the third has another initial value
  loop.body = body;
  const Value start = input({{2}, {3}});
  const std::vector<Value> results = graph.add(loop, {start, start, input({{2}, {3}}), input({{2}, {3}})});
  graph.outputs = {results[0], results[1], results[2]};
  optimise(graph);
  EXPECT_EQ(std::get<Loop>(graph.nodes.back().op).carried, 2) << to_string(graph);
  EXPECT_EQ(graph.outputs[0], graph.outputs[1]);
  EXPECT_NE(graph.outputs[0], graph.outputs[2]);
  EXPECT_NE(to_string(graph).find("multiply r0 r1"), std::string::npos) << to_string(graph);
}

TEST_F(PassesTest, ABranchWhoseConditionIsKnownIsTheGraphThatRuns) {
  const auto graph_of = [](Function function) {
    auto inside = std::make_shared<Graph>();
    inside->inputs = {inside->add_value({.shape = {{4}}})};
    inside->outputs = {Builder(*inside).unary(function, inside->inputs[0])};
    return inside;
  };
  const Value condition = builder.cast(builder.scalar(1, DType::float32), DType::boolean);
  const bool yes = true;
  const Value known = builder.constant(TensorView(&yes, DType::boolean, Dims{}));
  const Branch branch{.then = graph_of(Function::exp), .otherwise = graph_of(Function::sin)};
  const Value x = input({{4}});
  graph.outputs = {graph.add(branch, {known, x})[0], graph.add(branch, {condition, x})[0]};
  optimise(graph);
  const std::string text = to_string(graph);
  EXPECT_EQ(text.find("branch"), text.rfind("branch")) << text;  // branches are folded later
  EXPECT_NE(text.find("exp"), std::string::npos) << text;
}

TEST_F(PassesTest, APassCanBeSwitchedOff) {
  graph.outputs = {builder.add(builder.matmul(input({{10}, {3}}), weight({3, 5})), weight({5}))};
  optimise(graph, {.disabled = {"fuse_epilogues"}});
  EXPECT_NE(to_string(graph).find("pointwise"), std::string::npos);
}

TEST_F(PassesTest, ValidateNamesTheLayerOfABadNode) {
  graph.origin = "encoder/dense";
  graph.outputs = {builder.matmul(input({{10}, {3}}), weight({3, 5}))};
  graph.nodes[0].in.pop_back();
  try {
    validate(graph);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("encoder/dense"), std::string::npos);
  }
}

// A device whose verdict for each kind of node is set by the test.
struct Answers {
  Verdict plain_product{}, fused_product{}, short_program{}, long_program{};
  int asked = 0;
  SupportQuery query() {
    return [this](const Graph&, const Node& node) {
      ++asked;
      if (const Program* epilogue = epilogue_of(node.op)) return epilogue->empty() ? plain_product : fused_product;
      return std::get<Pointwise>(node.op).program.steps.size() > 1 ? long_program : short_program;
    };
  }
};

class FusionTest : public PassesTest {
 protected:
  Value biased_product() {
    graph.origin = "dense";
    const Value product = builder.matmul(input({{10}, {3}}), weight({3, 5}));
    graph.origin = "bias";
    return builder.add(product, weight({5}));
  }
  std::string optimised_for(Answers& device, Value output) {
    graph.outputs = {output};
    optimise(graph, {.support = device.query()});
    return to_string(graph);
  }
};

TEST_F(FusionTest, WhatTheDeviceRunsFastIsFused) {
  Answers device;
  const std::string text = optimised_for(device, biased_product());
  EXPECT_EQ(text.find("pointwise"), std::string::npos) << text;
  EXPECT_TRUE(graph.notes.empty());
  EXPECT_EQ(device.asked, 1) << "about the fused node alone";
}

TEST_F(FusionTest, WhatTheDeviceRunsWorseStaysApartAndIsNoted) {
  for (const Verdict& verdict : {slow("two kernels"), refused("no such epilogue")}) {
    graph = {};
    Answers device{.fused_product = verdict};
    const std::string text = optimised_for(device, biased_product());
    EXPECT_NE(text.find("pointwise"), std::string::npos) << text;
    ASSERT_EQ(graph.notes.size(), 1u);
    EXPECT_EQ(graph.notes[0].layer, "bias");
    EXPECT_NE(graph.notes[0].text.find("\"dense\": " + verdict.reason), std::string::npos) << graph.notes[0].text;
  }
}

TEST_F(FusionTest, WhatIsNoWorseThanItsPartsIsFused) {
  Answers device{.plain_product = slow("integers"), .fused_product = slow("integers")};
  const std::string text = optimised_for(device, biased_product());
  EXPECT_EQ(text.find("pointwise"), std::string::npos) << text;
  EXPECT_TRUE(graph.notes.empty());
}

TEST_F(FusionTest, ASlowPartDoesNotExcuseARefusal) {
  Answers device{.plain_product = slow("integers"), .fused_product = refused("no such epilogue")};
  EXPECT_NE(optimised_for(device, biased_product()).find("pointwise"), std::string::npos);
}

TEST_F(FusionTest, PointwiseNodesStayApartToo) {
  Answers device{.long_program = slow("interpreted")};
  const std::string text = optimised_for(device, builder.unary(Function::exp, builder.unary(Function::sin, input({{10}}))));
  EXPECT_EQ(text.find("; r2"), std::string::npos) << text;
  EXPECT_EQ(graph.notes.size(), 1u);
}

TEST_F(FusionTest, ALoopsStepsAreNotedOnce) {
  graph.origin = "cell";
  Answers device{.long_program = slow("interpreted")};
  Value x = input({{10}});
  for (int step = 0; step < 50; ++step) x = builder.unary(Function::sin, x);
  optimised_for(device, x);
  EXPECT_EQ(graph.nodes.size(), 50u);
  EXPECT_EQ(graph.notes.size(), 1u);
  EXPECT_LE(device.asked, 3 * 50);
}

TEST_F(FusionTest, WeightsThatArePrecomputedAreConstantsToTheDevice) {
  const Value scaled = builder.multiply(weight({3, 5}), weight({5}));
  graph.outputs = {builder.unary(Function::relu, builder.matmul(input({{10}, {3}}), scaled))};
  bool constant = false;
  optimise(graph, {.support = [&](const Graph& asked, const Node& node) {
             if (epilogue_of(node.op) != nullptr) constant = NodeView{asked, node}.is_constant(1);
             return Verdict{};
           }});
  EXPECT_TRUE(constant);
  EXPECT_TRUE(graph.foldable.empty());
}

}  // namespace
}  // namespace keraunos::host
