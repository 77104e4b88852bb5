#include "host/graph/rows.h"

#include <gtest/gtest.h>

#include <functional>

namespace keraunos::host {
namespace {

class RowsTest : public ::testing::Test {
 protected:
  Value input(Shape shape) {
    const Value v = graph.add_value({.shape = std::move(shape)});
    graph.inputs.push_back(v);
    return v;
  }
  bool local(Value output) {
    graph.outputs = {output};
    return rows_of(graph, graph).local;
  }
  Graph graph;
  Builder builder{graph};
};

TEST_F(RowsTest, DenseOnSequencesFoldsTimeIntoRowsAndBack) {
  const Value x = input({{7, true}, {5}, {4}});
  const Value w = builder.constant(std::make_shared<const Tensor>(DType::float32, Dims{4, 3}));
  EXPECT_TRUE(local(builder.matmul(x, w)));
}

TEST_F(RowsTest, MeanOverTheBatchMixes) {
  const Value x = input({{7, true}, {4}});
  const int axis = 0;
  const Value mean = builder.reduce(Reduction::mean, x, {&axis, 1}, true);
  EXPECT_FALSE(local(builder.subtract(x, mean)));
}

TEST_F(RowsTest, SoftmaxOverTheBatchMixesButNotOverTheLastAxis) {
  const Value x = input({{7, true}, {4}});
  EXPECT_FALSE(local(builder.softmax(x, 0)));
  EXPECT_TRUE(local(builder.softmax(x, 1)));
}

TEST_F(RowsTest, TwoRowsReshapedIntoOneMix) {
  const Value x = input({{14, true}, {4}});
  graph.inputs = {x};
  EXPECT_FALSE(local(builder.reshape(x, {{7}, {8}})));
}

TEST_F(RowsTest, ReversingTheBatchMixes) {
  const Value x = input({{7, true}, {4}});
  EXPECT_FALSE(local(builder.reverse(x, 0)));
  EXPECT_TRUE(local(builder.reverse(x, 1)));
}

TEST_F(RowsTest, AProductOfRowsWithRowsMixes) {
  const Value x = input({{7, true}, {4}});
  EXPECT_FALSE(local(builder.matmul(x, x, false, true)));
}

// The same model lowered with 7 rows and with 11: `write` makes the output of x and of the number of its rows.
bool local_for_both(const std::function<Value(Builder&, Value, int64_t)>& write) {
  Graph graphs[2];
  const int64_t batches[]{kProbeBatch, kOtherProbeBatch};
  for (int i = 0; i < 2; ++i) {
    Builder b(graphs[i]);
    const Value x = graphs[i].add_value({.shape = {{batches[i], true}, {3}}});
    graphs[i].inputs = {x};
    graphs[i].outputs = {write(b, x, batches[i])};
  }
  return rows_of(graphs[0], graphs[1]).local;
}

Value filled(Builder& b, const Dims& dims, const std::function<double(int64_t)>& at) {
  Tensor tensor(DType::float32, dims);
  for (int64_t i = 0; i < dims.elements(); ++i) static_cast<float*>(tensor.data())[i] = static_cast<float>(at(i));
  return b.constant(std::make_shared<const Tensor>(std::move(tensor)));
}

TEST(RowsOfTwo, TheNumberOfRowsInAResultMixes) {
  EXPECT_FALSE(local_for_both([](Builder& b, Value x, int64_t rows) { return b.multiply(x, static_cast<double>(rows)); }));
  EXPECT_FALSE(local_for_both([](Builder& b, Value x, int64_t rows) {
    return b.add(x, filled(b, {1, 3}, [&](int64_t) { return rows; }));
  }));
  EXPECT_TRUE(local_for_both([](Builder& b, Value x, int64_t) {
    return b.add(x, filled(b, {1, 3}, [](int64_t i) { return i; }));
  }));
}

TEST(RowsOfTwo, ConstantsWithARowForEachRowMayBeAddedButNotSummed) {
  const auto ones = [](Builder& b, int64_t rows) { return filled(b, {rows, 3}, [](int64_t) { return 1; }); };
  EXPECT_TRUE(local_for_both([&](Builder& b, Value x, int64_t rows) { return b.add(x, ones(b, rows)); }));
  EXPECT_FALSE(local_for_both([&](Builder& b, Value x, int64_t rows) {
    const int axis = 0;
    return b.divide(x, b.reduce(Reduction::sum, ones(b, rows), {&axis, 1}, true));
  }));
  EXPECT_FALSE(local_for_both([](Builder& b, Value x, int64_t rows) {
    return b.add(x, filled(b, {rows, 1}, [](int64_t i) { return i; }));  // the number of each row in its batch
  }));
}

// A body over one state and one step of x: `write` says what the state becomes.
Value looped(Graph& graph, Value initial, Value x, const std::function<Value(Builder&, Value, Value)>& write) {
  auto body = std::make_shared<Graph>();
  Builder inside(*body);
  body->inputs = {body->add_value({.shape = graph.info(initial).shape}), body->add_value({.shape = graph.info(initial).shape})};
  body->outputs = {write(inside, body->inputs[0], body->inputs[1])};
  return graph.add(Loop{.body = body, .carried = 1, .sliced = 1}, {initial, x}, {{.shape = graph.info(initial).shape}})[0];
}

TEST_F(RowsTest, ALoopKeepsRowsWhenItsBodyDoes) {
  const Value x = input({{7, true}, {5}, {4}});
  const Value zeros = builder.broadcast_to(builder.scalar(0, DType::float32), {{7, true}, {4}});
  EXPECT_TRUE(local(looped(graph, zeros, x, [](Builder& b, Value state, Value step) { return b.add(state, step); })));
  EXPECT_FALSE(
      local(looped(graph, zeros, x, [](Builder& b, Value state, Value step) { return b.add(b.reverse(state, 0), step); })));
  EXPECT_FALSE(
      local(looped(graph, zeros, x, [](Builder& b, Value state, Value step) { return b.softmax(b.add(state, step), 0); })));
}

TEST_F(RowsTest, AttentionKeepsRows) {
  const Value x = input({{7, true}, {5}, {2}, {4}});
  const std::vector<Value> operands{x, x, x, {}, {}, {}};
  EXPECT_TRUE(local(builder.attention(Attention{}, operands)[0]));
}

TEST_F(RowsTest, ABatchMovedAwayIsNoBatch) {
  const Value x = input({{7, true}, {4}});
  const int order[] = {1, 0};
  EXPECT_FALSE(local(builder.transpose(x, order)));
}

}  // namespace
}  // namespace keraunos::host
