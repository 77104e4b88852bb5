#include "host/graph/rows.h"

#include <gtest/gtest.h>

#include <functional>
#include <numeric>

#include "keraunos/error.h"

namespace keraunos::host {
namespace {

using Write = std::function<Value(Builder&, Value, int64_t)>;

// Lowers the same model with 7 rows and with 11: `write` makes the output from x, whose rows have the shape `sample`, and from
// the number of rows.
bool local(const Shape& sample, const Write& write) {
  Graph graphs[2];
  const int64_t batches[]{kProbeBatch, kOtherProbeBatch};
  for (int i = 0; i < 2; ++i) {
    Builder b(graphs[i]);
    Shape shape{{batches[i], true}};
    shape.insert(shape.end(), sample.begin(), sample.end());
    const Value x = graphs[i].add_value({.shape = shape});
    graphs[i].inputs = {x};
    graphs[i].outputs = {write(b, x, batches[i])};
  }
  return rows_of(graphs[0], graphs[1]).local;
}

bool local(const Shape& sample, const std::function<Value(Builder&, Value)>& write) {
  return local(sample, [&](Builder& b, Value x, int64_t) { return write(b, x); });
}

Value filled(Builder& b, const Dims& dims, const std::function<double(int64_t)>& at) {
  Tensor tensor(DType::float32, dims);
  for (int64_t i = 0; i < dims.elements(); ++i) static_cast<float*>(tensor.data())[i] = static_cast<float>(at(i));
  return b.constant(std::make_shared<const Tensor>(std::move(tensor)));
}

double counted(int64_t i) { return static_cast<double>(i); }

Value transposed(Builder& b, Value x, std::vector<int> order) { return b.transpose(x, order); }
Value summed(Builder& b, Value x, int axis, bool keep_dims = true) { return b.reduce(Reduction::sum, x, {&axis, 1}, keep_dims); }

TEST(Rows, OneProbeProvesNothing) {
  Graph graph;
  graph.inputs = graph.outputs = {graph.add_value({.shape = {{7, true}, {4}}})};
  EXPECT_FALSE(rows_of(graph, graph).local);
}

TEST(Rows, DenseOnSequencesFoldsTimeIntoRowsAndBack) {
  EXPECT_TRUE(local({{5}, {4}}, [](Builder& b, Value x) { return b.matmul(x, filled(b, {4, 3}, counted)); }));
}

TEST(Rows, MeanOverTheBatchMixes) {
  EXPECT_FALSE(local({{4}}, [](Builder& b, Value x) { return b.subtract(x, summed(b, x, 0)); }));
}

TEST(Rows, MatricesOfABatchAreComputedByThemselves) {
  const auto computed = [](LinearAlgebra::Task task) {
    return [task](Builder& b, Value x) { return graph_of(b).add(LinearAlgebra{task}, {x})[0]; };
  };
  EXPECT_TRUE(local({{3}, {3}}, computed(LinearAlgebra::inverse)));
  EXPECT_TRUE(local({{2}, {5}, {3}}, computed(LinearAlgebra::orthogonal)));
  EXPECT_FALSE(local({{4}}, computed(LinearAlgebra::singular_values)));
}

TEST(Rows, LinearAlgebraRefusesWhatDoesNotFit) {
  const auto refused = [](LinearAlgebra::Task task, const std::vector<ValueInfo>& operands) {
    Graph graph;
    std::vector<Value> in;
    for (const ValueInfo& info : operands) in.push_back(graph.add_value(info));
    EXPECT_THROW(graph.add(LinearAlgebra{task}, in), UsageError) << LinearAlgebra{task}.text();
  };
  const ValueInfo square{.shape = {{2}, {3}, {3}}}, wide{.shape = {{2}, {3}, {4}}}, vector{.shape = {{3}}};
  refused(LinearAlgebra::inverse, {wide});
  refused(LinearAlgebra::inverse, {vector});
  refused(LinearAlgebra::inverse, {{.shape = {{3}, {3}}, .dtype = DType::float16}});
  refused(LinearAlgebra::inverse, {{.shape = {{8193}, {8193}}}});
  refused(LinearAlgebra::solve, {square});
  refused(LinearAlgebra::solve, {square, {.shape = {{1}, {3}, {4}}}});
  refused(LinearAlgebra::solve, {square, {.shape = {{2}, {3}, {4}}, .dtype = DType::float64}});
}

TEST(Rows, SoftmaxOverTheBatchMixesButNotOverTheLastAxis) {
  EXPECT_FALSE(local({{4}}, [](Builder& b, Value x) { return b.softmax(x, 0); }));
  EXPECT_TRUE(local({{4}}, [](Builder& b, Value x) { return b.softmax(x, 1); }));
}

TEST(Rows, OperationsOverAllAxesMix) {
  EXPECT_FALSE(local({{4}}, [](Builder& b, Value x, int64_t rows) {
    return b.reshape(b.softmax(b.reshape(x, {{rows * 4}}), 0), {{rows, true}, {4}});
  }));
  EXPECT_FALSE(local({{4}}, [](Builder& b, Value x) { return b.subtract(x, summed(b, summed(b, x, 0), 1)); }));
}

// A fixed leading extent that is divisible by 7, 11 or both is not a batch.
TEST(Rows, AFixedLeadingExtentIsNoBatch) {
  for (const int64_t fixed : {7, 11, 14, 22, 28, 49, 77, 154, 16, 224}) {
    EXPECT_FALSE(local({{fixed}}, [&](Builder& b, Value x, int64_t rows) {
      return b.reshape(b.softmax(b.reshape(x, {{fixed}, {rows, true}}), 1), {{rows, true}, {fixed}});
    })) << fixed;
  }
}

TEST(Rows, TwoRowsReshapedIntoOneMix) {
  EXPECT_FALSE(local({{4}}, [](Builder& b, Value x, int64_t rows) {
    return b.reshape(b.softmax(b.reshape(b.concatenate(std::array{x, x}, 0), {{rows, true}, {8}}), 1), {{rows, true}, {8}});
  }));
}

TEST(Rows, SomeRowsFoldedIntoAnotherAxisAndBackAreApart) {
  EXPECT_TRUE(local({{6}, {4}}, [](Builder& b, Value x, int64_t rows) {
    const Value folded = transposed(b, b.reshape(x, {{rows * 3, true}, {2}, {4}}), {1, 0, 2});  // (2, 3 rows, 4)
    const Value apart = b.reshape(folded, {{2}, {rows, true}, {12}});
    return transposed(b, b.softmax(apart, 2), {1, 0, 2});
  }));
  EXPECT_FALSE(local({{6}, {4}}, [](Builder& b, Value x, int64_t rows) {
    const Value folded = transposed(b, b.reshape(x, {{rows * 3, true}, {2}, {4}}), {1, 0, 2});
    return b.reshape(b.softmax(folded, 2), {{rows, true}, {6}, {4}});  // the elements of a row are consecutive
  }));
}

TEST(Rows, AnAxisOfOneBesideTheBatchIsNotTheBatch) {
  const auto squeezed_and_added = [](Builder& b, Value x, int64_t rows) {
    return b.reshape(b.add(b.reshape(x, {{1}, {rows, true}, {4}}), 1.0), {{rows, true}, {4}});
  };
  EXPECT_TRUE(local({{4}}, squeezed_and_added));
  EXPECT_FALSE(local({{4}}, [](Builder& b, Value x, int64_t rows) {  // (rows, 1, 4) and (1, rows, 4) are combined
    const Value pairs = b.multiply(b.expand_dims(x, 1), b.reshape(x, {{1}, {rows, true}, {4}}));
    return summed(b, pairs, 1, false);
  }));
}

TEST(Rows, ReversingTheBatchMixes) {
  EXPECT_FALSE(local({{4}}, [](Builder& b, Value x) { return b.reverse(x, 0); }));
  EXPECT_TRUE(local({{4}}, [](Builder& b, Value x) { return b.reverse(x, 1); }));
}

TEST(Rows, PartsOfTheBatchJoinedAgainMix) {
  EXPECT_FALSE(local({{4}}, [](Builder& b, Value x, int64_t rows) {
    return b.concatenate(std::array{b.slice_axis(x, 0, 1, rows - 1), b.slice_axis(x, 0, 0, 1)}, 0);
  }));
  EXPECT_FALSE(local({{4}}, [](Builder& b, Value x, int64_t rows) {
    const int64_t low[]{1, 0}, high[]{0, 0};
    return b.slice_axis(b.pad(x, low, high, 0), 0, 0, rows);
  }));
}

TEST(Rows, AProductOfRowsWithRowsMixes) {
  EXPECT_FALSE(local({{4}}, [](Builder& b, Value x) { return b.matmul(x, x, false, true); }));
}

TEST(Rows, GatheringFromEachRowKeepsThemAndPickingRowsDoesNot) {
  const auto ids = [](Builder& b) { return b.cast(filled(b, {2}, counted), DType::int32); };
  EXPECT_TRUE(local({{4}, {3}}, [&](Builder& b, Value x) { return b.gather(x, ids(b), 1); }));
  EXPECT_TRUE(local({{4}}, [&](Builder& b, Value x) { return b.gather(filled(b, {9, 2}, counted), b.cast(x, DType::int32)); }));
  EXPECT_FALSE(local({{4}}, [&](Builder& b, Value x) { return b.gather(x, b.cast(x, DType::int32)); }));
}

TEST(Rows, ScatteringBehindTheRowsKeepsThemAndIntoThemDoesNot) {
  const auto scattered = [](Builder& b, Value base, Value places, Value rows) {
    return graph_of(b).add(Scatter{.combine = Combine::add}, {base, b.cast(places, DType::int32), rows})[0];
  };
  const auto turned = [](Builder& b, Value x) { return b.transpose(x, std::array{1, 0}); };
  EXPECT_TRUE(local({{4}}, [&](Builder& b, Value x) {
    const Value columns = turned(b, x), places = filled(b, {2, 1}, [](int64_t i) { return i; });
    return turned(b, scattered(b, columns, places, b.slice_axis(columns, 0, 1, 2)));
  }));
  EXPECT_FALSE(local({{4}}, [&](Builder& b, Value x) {
    return scattered(b, x, filled(b, {1, 1}, [](int64_t) { return 0; }), b.slice_axis(x, 0, 0, 1));
  }));
  EXPECT_FALSE(local({{4}}, [&](Builder& b, Value x) { return scattered(b, x, b.slice_axis(x, 1, 0, 1), x); }));
}

TEST(Rows, TheNumberOfRowsInAResultMixes) {
  EXPECT_FALSE(local({{3}}, [](Builder& b, Value x, int64_t rows) { return b.multiply(x, static_cast<double>(rows)); }));
  EXPECT_FALSE(local({{3}}, [](Builder& b, Value x, int64_t rows) {
    return b.add(x, filled(b, {1, 3}, [&](int64_t) { return rows; }));
  }));
  EXPECT_TRUE(local({{3}}, [](Builder& b, Value x) { return b.add(x, filled(b, {1, 3}, counted)); }));
  EXPECT_FALSE(local({{3}}, [](Builder& b, Value x, int64_t rows) {  // a one, broadcast to all rows and summed
    return b.divide(x, summed(b, b.broadcast_to(b.scalar(1, DType::float32), {{rows, true}, {3}}), 0));
  }));
}

TEST(Rows, ConstantsWithARowForEachRowMayBeAddedButNotSummed) {
  const auto ones = [](Builder& b, int64_t rows) { return filled(b, {rows, 3}, [](int64_t) { return 1; }); };
  EXPECT_TRUE(local({{3}}, [&](Builder& b, Value x, int64_t rows) { return b.add(x, ones(b, rows)); }));
  EXPECT_FALSE(local({{3}}, [&](Builder& b, Value x, int64_t rows) { return b.divide(x, summed(b, ones(b, rows), 0)); }));
  EXPECT_FALSE(local({{3}}, [](Builder& b, Value x, int64_t rows) { return b.add(x, filled(b, {rows, 1}, counted)); }));
}

// The first rows of a longer table, one for each row of the batch: each row gets a different one.
TEST(Rows, ATableCutToTheBatchMixes) {
  const auto table = std::make_shared<const Tensor>(DType::float32, Dims{20, 3});
  EXPECT_FALSE(
      local({{3}}, [&](Builder& b, Value x, int64_t rows) { return b.add(x, b.slice_axis(b.constant(table), 0, 0, rows)); }));
}

// A body with one state and one step of x: `write` computes the new state.
Value looped(Builder& b, Value initial, Value x, const std::function<Value(Builder&, Value, Value)>& write) {
  auto body = std::make_shared<Graph>();
  Builder inside(*body);
  Shape step = b.shape(x);
  step.erase(step.begin());
  body->inputs = {body->add_value({.shape = b.shape(initial)}), body->add_value({.shape = step})};
  body->outputs = {write(inside, body->inputs[0], body->inputs[1])};
  return host::graph_of(b).add(Loop{.body = body, .carried = 1, .sliced = 1}, {initial, x}, {{.shape = b.shape(initial)}})[0];
}

TEST(Rows, ALoopKeepsRowsWhenItsBodyDoes) {
  const auto over_steps = [](const std::function<Value(Builder&, Value, Value)>& write) {
    return local({{5}, {4}}, [&](Builder& b, Value x, int64_t rows) {
      return looped(b, b.broadcast_to(b.scalar(0, DType::float32), {{rows, true}, {4}}), transposed(b, x, {1, 0, 2}), write);
    });
  };
  EXPECT_TRUE(over_steps([](Builder& b, Value state, Value step) { return b.add(state, step); }));
  EXPECT_TRUE(over_steps([](Builder& b, Value, Value step) { return b.add(step, filled(b, {1, 4}, counted)); }));
  EXPECT_FALSE(over_steps([](Builder& b, Value state, Value step) { return b.add(b.reverse(state, 0), step); }));
  EXPECT_FALSE(over_steps([](Builder& b, Value state, Value step) { return b.softmax(b.add(state, step), 0); }));
}

TEST(Rows, ALoopOverTheRowsMixes) {
  const auto over = [](const std::function<Value(Builder&, Value, int64_t)>& sequence) {
    return local({{4}}, [&](Builder& b, Value x, int64_t rows) {
      const Value zeros = b.broadcast_to(b.scalar(0, DType::float32), {{rows, true}, {4}});
      return looped(b, zeros, sequence(b, x, rows),
                    [](Builder& inside, Value state, Value step) { return inside.add(state, step); });
    });
  };
  EXPECT_FALSE(over([](Builder& b, Value x, int64_t rows) {  // one row per step
    return b.broadcast_to(b.reshape(x, {{rows, true}, {1}, {4}}), {{rows}, {rows, true}, {4}});
  }));
  EXPECT_FALSE(over([](Builder& b, Value x, int64_t rows) {  // all rows at every step, as many steps as rows
    return b.broadcast_to(b.reshape(x, {{1}, {rows, true}, {4}}), {{rows}, {rows, true}, {4}});
  }));
}

// A graph of one function of its inputs, which have the types of `like`.
GraphPointer graph_of(const Graph& around, std::span<const Value> like,
                      const std::function<Value(Builder&, std::span<const Value>)>& write) {
  auto graph = std::make_shared<Graph>();
  for (const Value v : like) graph->inputs.push_back(graph->add_value(type_of_value(around.info(v))));
  Builder inside(*graph);
  graph->outputs = {write(inside, graph->inputs)};
  return graph;
}

Value below(Builder& b, Value number, double limit) { return b.binary(Function::less, number, b.scalar(limit, b.dtype(number))); }

using WriteCondition = std::function<Value(Builder&, std::span<const Value>)>;

// Doubles x while the condition on a number and x is true.
Value doubled_while(Builder& b, Value number, Value x, const WriteCondition& condition) {
  const Value in[]{number, x};
  auto body = std::make_shared<Graph>(*graph_of(host::graph_of(b), in, [](Builder& i, auto v) { return i.multiply(v[1], 2); }));
  body->outputs.insert(body->outputs.begin(), body->inputs[0]);
  const GraphPointer ends = graph_of(host::graph_of(b), in, condition);
  return host::graph_of(b).add(Loop{.body = body, .condition = ends, .carried = 2, .steps = 5}, {number, x})[1];
}

TEST(Rows, AConditionThatLooksAtRowsMixes) {
  const auto with = [](const WriteCondition& condition) {
    return local({{4}}, [&](Builder& b, Value x) { return doubled_while(b, b.scalar(1, DType::float32), x, condition); });
  };
  EXPECT_TRUE(with([](Builder& b, auto v) { return below(b, v[0], 3); }));
  EXPECT_FALSE(with([](Builder& b, auto v) { return below(b, b.reduce(Reduction::maximum, v[1], std::array{0, 1}), 3); }));
}

TEST(Rows, ABranchKeepsRowsWhenBothGraphsDo) {
  const auto branched = [](const WriteCondition& condition, const WriteCondition& then, const WriteCondition& otherwise) {
    return local({{4}}, [&](Builder& b, Value x) {
      const Value in[]{x};
      const Value first = b.reduce(Reduction::maximum, x, std::array{0, 1});
      const Value chosen = condition(b, std::array{b.scalar(1, DType::float32), first});
      return host::graph_of(b).add(
          Branch{.then = graph_of(host::graph_of(b), in, then), .otherwise = graph_of(host::graph_of(b), in, otherwise)},
          {chosen, x})[0];
    });
  };
  const WriteCondition fixed = [](Builder& b, auto v) { return below(b, v[0], 3); };
  const WriteCondition of_rows = [](Builder& b, auto v) { return below(b, v[1], 3); };
  const WriteCondition twice = [](Builder& b, auto v) { return b.multiply(v[0], 2); };
  const WriteCondition turned = [](Builder& b, auto v) { return b.reverse(v[0], 0); };
  EXPECT_TRUE(branched(fixed, twice, twice));
  EXPECT_FALSE(branched(of_rows, twice, twice));
  EXPECT_FALSE(branched(fixed, twice, turned));
  EXPECT_FALSE(branched(fixed, turned, twice));
}

TEST(Rows, AttentionKeepsRows) {
  EXPECT_TRUE(local({{5}, {2}, {4}}, [](Builder& b, Value x) {
    const std::vector<Value> operands{x, x, x, {}, {}, {}};
    return host::graph_of(b).add(Attention{}, operands)[0];
  }));
}

TEST(Rows, ABatchMovedAwayIsNoBatch) {
  EXPECT_FALSE(local({{4}}, [](Builder& b, Value x) { return transposed(b, x, {1, 0}); }));
  EXPECT_TRUE(local({{4}}, [](Builder& b, Value x) { return transposed(b, b.softmax(transposed(b, x, {1, 0}), 0), {1, 0}); }));
}

}  // namespace
}  // namespace keraunos::host
