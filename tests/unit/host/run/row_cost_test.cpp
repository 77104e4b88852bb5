// The cost of a batch's rows, computed from graphs made here.
#include "host/run/row_cost.h"

#include <gtest/gtest.h>

#include "keraunos/layer.h"
#include "unit/host/run/machine.h"

namespace keraunos::host {
namespace {

constexpr int64_t kBatch = 7;

struct Made {
  Graph graph{};
  Builder build{graph};
  Value input(std::vector<int64_t> row, DType dtype = DType::float32) {
    row.insert(row.begin(), kBatch);
    graph.inputs.push_back(graph.add_value({.shape = shape_of(Dims(row)), .dtype = dtype}));
    return graph.inputs.back();
  }
  Value weights(const Dims& dims) { return graph.add_constant(std::make_shared<const Tensor>(DType::float32, dims)); }
  RowCost cost() const { return row_cost(graph, kBatch, kMachine.core); }
};

TEST(RowCost, CountsWhatStepsReadAndWrite) {
  Made m;
  const Value hidden = m.build.matmul(m.input({10}), m.weights({10, 100}));
  m.build.matmul(hidden, m.weights({100, 2}));
  const RowCost cost = m.cost();
  EXPECT_EQ(cost.widest, 4 * (10 + 100));
  EXPECT_EQ(cost.moved, 4 * (10 + 100 + 100 + 2));
  EXPECT_EQ(cost.weights, 4 * (1000 + 200));
  EXPECT_EQ(cost.products, 10 * 100 + 100 * 2);
  EXPECT_FALSE(cost.recurrent);
}

TEST(RowCost, WhatIsComputedFromWeightsIsWeights) {
  Made m;
  const Value scaled = m.build.multiply(m.weights({10, 100}), 2.0);
  m.build.matmul(m.input({10}), scaled);
  const RowCost cost = m.cost();
  EXPECT_EQ(cost.moved, 4 * (10 + 100));
  EXPECT_EQ(cost.weights, 4 * 1000);
}

TEST(RowCost, ATableIsNotReadWhole) {
  Made m;
  m.build.gather(m.weights({1000, 8}), m.input({5}, DType::int32));
  const RowCost cost = m.cost();
  EXPECT_EQ(cost.weights, 0);
  EXPECT_EQ(cost.moved, 4 * (5 + 5 * 8));
}

TEST(RowCost, RecurrentWeightsBeyondTheCacheAreReadEveryStep) {
  for (const int64_t units : {8, 512}) {
    Made m;
    const int64_t steps = 20, gates = 4;
    const Value in[]{m.input({steps, gates * units}), m.weights({units, gates * units})};
    ValueInfo last{.shape = shape_of({kBatch, units})};
    m.graph.add(Recurrent{}, {in[0], in[1]}, {last, last, last});
    const int64_t once = 4 * units * gates * units;
    EXPECT_EQ(m.cost().weights, units == 8 ? once : steps * once);
    EXPECT_EQ(m.cost().products, static_cast<double>(steps * units * gates * units));
    EXPECT_TRUE(m.cost().recurrent);
  }
}

TEST(RowCost, ALoopCostsItsBodyAtEveryStep) {
  for (const int64_t units : {8, 640}) {
    Made m;
    const int64_t steps = 50;
    auto body = std::make_shared<Graph>();
    Builder inside(*body);
    body->inputs = {body->add_value({.shape = shape_of({kBatch, units})})};
    body->outputs = {
        inside.matmul(body->inputs[0], body->add_constant(std::make_shared<const Tensor>(DType::float32, Dims{units, units})))};
    m.graph.add(Loop{.body = body, .carried = 1, .steps = steps}, {m.input({units})});
    const RowCost cost = m.cost();
    const int64_t once = 4 * units * units;
    EXPECT_EQ(cost.weights, units == 8 ? once : steps * once);
    EXPECT_EQ(cost.moved, steps * 4 * 2 * units);
    EXPECT_EQ(cost.widest, 4 * 2 * units);
    EXPECT_EQ(cost.products, static_cast<double>(steps * units * units));
    EXPECT_TRUE(cost.recurrent);
  }
}

}  // namespace
}  // namespace keraunos::host
