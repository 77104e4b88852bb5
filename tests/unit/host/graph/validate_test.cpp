// validate() finds a graph whose operations, operands and results do not fit, such as a faulty pass would make.
#include <gtest/gtest.h>

#include <functional>

#include "host/graph/graph.h"
#include "keraunos/error.h"

namespace keraunos::host {
namespace {

struct Case {
  const char* name;
  std::function<void(Graph&, Builder&)> write;  ///< its last node is checked
  int free_axis = -1;  ///< an axis of the first operand for which any extent fits (a reduced axis, the rows of a table)
};

Value value(Graph& graph, const Dims& dims, DType type = DType::float32) {
  graph.inputs.push_back(graph.add_value({.shape = shape_of(dims), .dtype = type}));
  return graph.inputs.back();
}

Program relu() {
  Program program{.inputs = {DType::float32}, .steps = {}};
  program.append({.function = Function::relu});
  return program;
}

std::shared_ptr<const Graph> body() {
  auto graph = std::make_shared<Graph>();
  Builder inside(*graph);
  graph->inputs = {graph->add_value({.shape = {{2}, {3}}}), graph->add_value({.shape = {{2}, {3}}})};
  const Value next = inside.add(graph->inputs[0], graph->inputs[1]);
  graph->outputs = {next, next};
  return graph;
}

// Has the inputs of `body()`, and returns whether a sum is less than 1.
std::shared_ptr<const Graph> condition(int inputs) {
  auto graph = std::make_shared<Graph>();
  Builder inside(*graph);
  for (int i = 0; i < inputs; ++i) graph->inputs.push_back(graph->add_value({.shape = {{2}, {3}}}));
  const Value sum = inside.reduce(Reduction::sum, graph->inputs[0], std::array{0, 1});
  graph->outputs = {inside.binary(Function::less, sum, inside.scalar(1, DType::float32))};
  return graph;
}

std::vector<Case> cases() {
  return {
      {"pointwise",
       [](Graph& g, Builder& b) {
         b.add(value(g, {4, 3}), value(g, {3}));
       }},
      {"matmul",
       [](Graph& g, Builder& b) {
         b.matmul(value(g, {2, 3}), value(g, {3, 4}));
       }},
      {"batched matmul",
       [](Graph& g, Builder&) {
         g.add(MatMul{.transpose_b = true}, {value(g, {5, 2, 3}), value(g, {5, 4, 3})});
       }},
      {"matmul with an epilogue",
       [](Graph& g, Builder&) {
         g.add(MatMul{.epilogue = relu()}, {value(g, {2, 3}), value(g, {3, 4})});
       }},
      {"conv",
       [](Graph& g, Builder& b) {
         b.convolve(value(g, {2, 9, 4}), value(g, {3, 2, 6}), {.stride = {2, 1, 1}}, 2);
       }},
      {"pool",
       [](Graph& g, Builder& b) {
         b.max_pool(value(g, {2, 9, 4}), {.size = {3, 1, 1}, .high = {1, 0, 0}});
       }},
      {"reduce",
       [](Graph& g, Builder& b) {
         b.reduce(Reduction::sum, value(g, {2, 3, 4}), std::array{1});
       },
       1},
      {"reduce, dimensions kept",
       [](Graph& g, Builder& b) {
         b.reduce(Reduction::sum, value(g, {2, 3, 4}), std::array{1}, true);
       },
       1},
      {"softmax",
       [](Graph& g, Builder& b) {
         b.softmax(value(g, {2, 3}), -1);
       }},
      {"layer_norm",
       [](Graph& g, Builder& b) {
         b.layer_norm(value(g, {2, 3}), value(g, {3}), {}, 1, 1e-3);
       }},
      {"reshape",
       [](Graph& g, Builder& b) {
         b.reshape(value(g, {2, 3}), {{6}});
       }},
      {"transpose",
       [](Graph& g, Builder& b) {
         b.transpose(value(g, {2, 3}), std::array{1, 0});
       }},
      {"slice",
       [](Graph& g, Builder& b) {
         b.slice_axis(value(g, {2, 3}), 1, 1, 2);
       }},
      {"concat",
       [](Graph& g, Builder& b) {
         b.concatenate(std::array{value(g, {2, 3}), value(g, {2, 4})}, 1);
       }},
      {"pad", [](Graph& g, Builder& b) { b.pad(value(g, {3}), std::array{int64_t{1}}, std::array{int64_t{2}}, 0); }},
      {"gather",
       [](Graph& g, Builder& b) {
         b.gather(value(g, {5, 2}), value(g, {3}, DType::int32));
       },
       0},
      {"recurrent",
       [](Graph& g, Builder& b) {
         b.recurrent({.return_sequences = true},
                     {.projected = value(g, {2, 7, 12}), .recurrent_kernel = value(g, {3, 12}), .state = value(g, {2, 3})});
       }},
      {"attention",
       [](Graph& g, Builder& b) {
         b.attention({.return_scores = true}, {.query = value(g, {2, 7, 4, 8}),
                                               .key = value(g, {2, 9, 2, 8}),
                                               .value = value(g, {2, 9, 2, 5}),
                                               .key_mask = value(g, {2, 9}, DType::boolean)});
       }},
      {"loop",
       [](Graph& g, Builder&) {
         g.add(Loop{.body = body(), .carried = 1, .sliced = 1, .stacked = 1}, {value(g, {2, 3}), value(g, {4, 2, 3})});
       }},
      {"loop with a condition",
       [](Graph& g, Builder&) {
         g.add(Loop{.body = body(), .condition = condition(1), .carried = 1, .sliced = 1, .stacked = 1},
               {value(g, {2, 3}), value(g, {4, 2, 3})});
       }},
      {"loop over nothing",
       [](Graph& g, Builder&) {
         g.add(Loop{.body = body(), .condition = condition(2), .carried = 2}, {value(g, {2, 3}), value(g, {2, 3})});
       }},
      {"branch",
       [](Graph& g, Builder&) {
         g.add(Branch{.then = body(), .otherwise = body()}, {value(g, {}, DType::boolean), value(g, {2, 3}), value(g, {2, 3})});
       }},
  };
}

std::string refusal(const std::function<void(Graph&)>& write) {
  Graph graph;
  try {
    write(graph);
  } catch (const UsageError& error) {
    return error.what();
  }
  return {};
}

TEST(Validate, LoopsAndBranchesSayWhatDoesNotFit) {
  const auto loop = [](const Loop& op) { return refusal([&](Graph& g) { g.add(op, {value(g, {2, 3}), value(g, {2, 3})}); }); };
  EXPECT_NE(loop({.carried = 2, .steps = 3}).find("the body of an operation with graphs is absent"), std::string::npos);
  EXPECT_NE(loop({.body = body(), .carried = 2}).find("a loop without a number of steps"), std::string::npos);
  EXPECT_NE(loop({.body = body(), .condition = condition(1), .carried = 2}).find("takes 1 values and gives 1, expected 2 and 1"),
            std::string::npos);
  EXPECT_NE(loop({.body = body(), .condition = body(), .carried = 2}).find("gives 2"), std::string::npos);
  EXPECT_NE(loop({.body = body(), .carried = 1, .sliced = 1, .stacked = 1}).find("float32(2, 3), expected float32(3,)"),
            std::string::npos);
  EXPECT_EQ(loop({.body = body(), .carried = 2, .steps = 3}), "");
  EXPECT_NE(refusal([](Graph& g) {
              g.add(Branch{.then = body(), .otherwise = condition(2)},
                    {value(g, {}, DType::boolean), value(g, {2, 3}), value(g, {2, 3})});
            }).find("the second graph of an operation with graphs takes 2 values and gives 1, expected 2 and 2"),
            std::string::npos);
}

TEST(Validate, NestedGraphsAreChecked) {
  Graph graph;
  auto inside = std::make_shared<Graph>(*body());
  graph.outputs =
      graph.add(Loop{.body = inside, .carried = 1, .sliced = 1, .stacked = 1}, {value(graph, {2, 3}), value(graph, {4, 2, 3})});
  EXPECT_NO_THROW(validate(graph));
  inside->nodes.clear();
  EXPECT_THROW(validate(graph), InternalError);
}

// The error for the graph after `change` of its last node.
std::string complaint_about(const Case& tried, const std::function<void(Graph&, Node&)>& change) {
  Graph graph;
  Builder build(graph);
  tried.write(graph, build);
  graph.outputs = {graph.nodes.back().out.back()};
  EXPECT_NO_THROW(validate(graph)) << tried.name;
  change(graph, graph.nodes.back());
  try {
    validate(graph);
  } catch (const InternalError& error) {
    return error.what();
  }
  return {};
}

TEST(Validate, EveryOperationsResultHasTheShapeAndTypeThatFollow) {
  for (const Case& tried : cases()) {
    EXPECT_NE(complaint_about(tried, [](Graph& g, Node& node) { g.info(node.out[0]).shape.back().size += 1; }), "") << tried.name;
    EXPECT_NE(complaint_about(tried, [](Graph& g, Node& node) { g.info(node.out[0]).shape.push_back({2}); }), "") << tried.name;
    EXPECT_NE(complaint_about(tried, [](Graph& g, Node& node) { g.info(node.out.back()).dtype = DType::float64; }), "")
        << tried.name;
    EXPECT_NE(complaint_about(tried, [](Graph& g, Node& node) { node.in.push_back(g.inputs[0]); }), "") << tried.name;
  }
}

// For each extent of each operand: another extent fits neither the other operands nor the result.
TEST(Validate, EveryOperandFitsTheOthers) {
  for (const Case& tried : cases()) {
    Graph sample;
    Builder build(sample);
    tried.write(sample, build);
    const std::vector<Value> operands = sample.nodes.back().in;
    for (size_t operand = 0; operand < operands.size(); ++operand) {
      if (!operands[operand]) continue;
      for (size_t axis = 0; axis < sample.info(operands[operand]).shape.size(); ++axis) {
        if (operand == 0 && static_cast<int>(axis) == tried.free_axis) continue;
        const auto other = [&](Graph& g, Node& node) { g.info(node.in[operand]).shape[axis].size -= 1; };
        EXPECT_NE(complaint_about(tried, other), "") << tried.name << ", operand " << operand << ", axis " << axis;
      }
      const auto typed = [&](Graph& g, Node& node) { g.info(node.in[operand]).dtype = DType::float64; };
      EXPECT_NE(complaint_about(tried, typed), "") << tried.name << ", operand " << operand;
    }
  }
}

TEST(Validate, TheMessageNamesTheOperationAndWhatIsExpected) {
  const std::string message = complaint_about(cases()[1], [](Graph& g, Node& node) { g.info(node.out[0]).shape = {{2}, {5}}; });
  EXPECT_NE(message.find("matmul of layer \"\": result 0 is float32(2, 5), expected float32(2, 4)"), std::string::npos)
      << message;
}

TEST(Validate, AConstantIsOfItsContentsType) {
  Graph graph;
  Builder build(graph);
  const Value x = build.scalar(1, DType::float32);
  graph.outputs = {x};
  EXPECT_NO_THROW(validate(graph));
  graph.info(x).dtype = DType::float64;
  EXPECT_THROW(validate(graph), InternalError);
}

}  // namespace
}  // namespace keraunos::host
