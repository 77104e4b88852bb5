// Calls the operation that src/README.md adds as ops.cpp and the CPU device call those of the list.
#include <gtest/gtest.h>

#include <array>

#include "host/graph/row_rule.h"
#include "host/ops/cumulative_sum.h"
#include "keraunos/error.h"
#include "kernels/cpu/operations.h"
#include "unit/kernels/plain_constants.h"

namespace keraunos {
namespace {

static_assert(host::Operation<host::CumulativeSum>);

class ReadmeOperation : public ::testing::Test {
 protected:
  // A node with the operands and results of the operation; that it holds another operation does not matter here.
  ReadmeOperation() {
    const Value x = graph.add_value({.shape = {{2}, {3}}});
    node = {.op = host::Reshape{}, .in = {x}, .out = graph.add(host::Reshape{}, {x}, {{.shape = {{2}, {3}}}})};
  }
  host::Graph graph{};
  host::Node node{};
};

TEST_F(ReadmeOperation, InfersItsResult) {
  const host::Types results = host::CumulativeSum{}.infer({graph, node});
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].shape, (Shape{{2}, {3}}));
  graph.info(node.in[0]).dtype = DType::int32;
  EXPECT_THROW(host::CumulativeSum{}.infer({graph, node}), UsageError);
}

TEST_F(ReadmeOperation, KeepsRowsApartAlongOtherAxes) {
  const std::vector<int> first(2, 0), last(2, 1);
  EXPECT_EQ(host::CumulativeSum{}.rows(host::RowRule{{graph, node}, 2, first}), 0);
  EXPECT_EQ(host::CumulativeSum{}.rows(host::RowRule{{graph, node}, 3, last}), host::RowRule::kMixed);
}

TEST_F(ReadmeOperation, RunsOnTheCpu) {
  const cpu::Cpu processor{.kernels = &cpu::select_kernels(), .threads = 1};
  host::PlainConstants constants(graph);
  const cpu::Task task{{{graph, node}, processor}, constants};
  EXPECT_EQ(cpu::support_of(task, host::CumulativeSum{}).speed, host::Verdict::slow);
  for (const bool backwards : {false, true}) {
    const std::array<float, 6> from{1, 2, 3, 10, 20, 30};
    std::array<float, 6> to{};
    const void* const in[]{from.data()};
    void* const out[]{to.data()};
    cpu::step_of(task, host::CumulativeSum{.backwards = backwards})->enqueue({in, out, nullptr, nullptr, nullptr});
    const std::array<float, 6> expected =
        backwards ? std::array<float, 6>{6, 5, 3, 60, 50, 30} : std::array<float, 6>{1, 3, 6, 10, 30, 60};
    EXPECT_EQ(to, expected);
  }
}

}  // namespace
}  // namespace keraunos
