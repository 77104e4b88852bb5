// Loops that a condition ends, and branches: data decide which operations run.
#include <gtest/gtest.h>

#include <cmath>

#include "keraunos/error.h"
#include "unit/calls/loop_models.h"
#include "unit/calls/plain_lowering.h"

namespace keraunos::host {
namespace {

TEST(Loops, AConditionOfTheDataEndsThem) {
  const Tensor x = random_x(2, 1, 3);
  const Model unlimited = loop_model(2, doubled_while({})), limited = loop_model(2, doubled_while(6));
  for (const int steps : {0, 1, 2, 5, 6, 9}) {
    const Tensor limit = limits(2, static_cast<float>(steps));
    for (const auto& [model, count] : {std::pair{&unlimited, steps}, std::pair{&limited, std::min(steps, 6)}}) {
      const auto found = predicted(*model, x, limit);
      EXPECT_EQ(found[0].values<float>()[0], static_cast<float>(count));
      for (size_t i = 0; i < 8; ++i) EXPECT_EQ(found[1].values<float>()[i], std::ldexp(x.values<float>()[i], count)) << i;
    }
  }
}

TEST(Loops, StepsThatDidNotRunAreZeroInWhatIsStacked) {
  const Model model = loop_model(1, [](Builder& b, std::span<const Value> inputs) {
    const std::vector<Value> operands{b.scalar(0, DType::float32), time_major(b, inputs[0]), largest(b, inputs[1])};
    const auto results = write_loop(
        b, {.carried = 1, .sliced = 1, .stacked = 1}, operands,
        [](Builder& i, std::span<const Value> v) {
          return std::vector<Value>{i.add(v[0], 1), i.multiply(v[1], 2)};
        },
        [](Builder& i, std::span<const Value> v) { return std::vector<Value>{below(i, v[0], v[1])}; });
    return std::vector<Value>{time_major(b, results[1])};
  });
  const Tensor x = random_x(2, 5, 4);
  for (const int steps : {3, 0, 5}) {
    const Tensor found = predicted_one(model, x, limits(2, static_cast<float>(steps)));
    for (int64_t row = 0; row < 2; ++row) {
      for (int64_t i = 0; i < 20; ++i) {
        const auto at = static_cast<size_t>(row * 20 + i);
        EXPECT_EQ(found.values<float>()[at], i / 4 < steps ? 2 * x.values<float>()[at] : 0) << "row " << row << ", element " << i;
      }
    }
  }
}

TEST(Branches, OnlyTheChosenGraphRuns) {
  const Model model = loop_model(1, [](Builder& b, std::span<const Value> inputs) {
    const Value x = first_step(b, inputs[0]), table = b.broadcast_to(b.scalar(3, DType::float32), {{2}, {4}});
    const Value ids = b.cast(inputs[1], DType::int32);
    const auto results = write_branch_of(
        b, below(b, largest(b, inputs[1]), b.scalar(2, DType::float32)), {x, ids, table},
        [](Builder& i, std::span<const Value> v) { return std::vector<Value>{i.add(v[0], i.gather(v[2], v[1]))}; },
        [](Builder& i, std::span<const Value> v) { return std::vector<Value>{i.multiply(v[0], -1)}; });
    return std::vector<Value>{b.multiply(results[0], 2)};
  });
  const Tensor x = random_x(2, 1, 5);
  const Tensor then = predicted_one(model, x, limits(2, 1)), otherwise = predicted_one(model, x, limits(2, 7));
  for (size_t i = 0; i < 8; ++i) {
    EXPECT_FLOAT_EQ(then.values<float>()[i], 2 * (x.values<float>()[i] + 3));
    // The other side's gather would be refused for its ids.
    EXPECT_FLOAT_EQ(otherwise.values<float>()[i], -2 * x.values<float>()[i]);
  }
}

// The largest x so far, plus a captured value, while the largest is below the limit; written with LoopWriter.
TEST(Loops, AreWrittenByLayers) {
  const Model model = loop_model(2, [](Builder& b, std::span<const Value> inputs) {
    PlainLowering l(graph_of(b));
    const Value first = first_step(l, inputs[0]), limit = largest(l, inputs[1]);
    LoopWriter loop(l, l.within(), {.axis = 1});
    const auto results = loop.write(
        [&] {
          const Value count = loop.carry_zeros({}, DType::float32), most = loop.carry(first);
          const Value next = l.binary(Function::maximum, most, loop.slice(inputs[0]));
          loop.stack(l.add(next, l.reshape(loop.capture(limit), {{1}, {1}})));
          loop.next(count, l.add(count, 1));
          loop.next(most, next);
        },
        [&](std::span<const Value> carried, std::span<const Value> captured) { return below(l, carried[0], captured[0]); });
    const Value odd = below(l, l.scalar(2, DType::float32), results.carried[0]);
    const auto chosen = write_branch(
        l, l.within(), odd, results.carried, [&](auto v) { return std::vector<Value>{v[1]}; },
        [&](auto v) { return std::vector<Value>{l.multiply(v[1], -1)}; });
    return std::vector<Value>{chosen[0], results.stacked[0]};
  });
  const Tensor x = random_x(2, 4, 9);
  for (const int64_t steps : {2, 3}) {
    const auto found = predicted(model, x, limits(2, static_cast<float>(steps)));
    ASSERT_EQ(found[1].dims(), (Dims{2, 4, kFeatures}));
    for (int64_t row = 0; row < 2; ++row) {
      for (int64_t f = 0; f < kFeatures; ++f) {
        float most = -9;
        for (int64_t t = 0; t < 4; ++t) {
          const auto at = static_cast<size_t>((row * 4 + t) * kFeatures + f);
          if (t < steps) most = std::max(most, x.values<float>()[at]);
          EXPECT_FLOAT_EQ(found[1].values<float>()[at], t < steps ? most + static_cast<float>(steps) : 0);
        }
        EXPECT_EQ(found[0].values<float>()[static_cast<size_t>(row * kFeatures + f)], steps > 2 ? most : -most);
      }
    }
  }
}

TEST(Loops, PartsThatDoNotFitAreRefused) {
  Graph graph;
  PlainLowering l(graph);
  const Value x = graph.add_value({.shape = {{2}, {3}, {4}}});
  graph.inputs = {x};
  LoopWriter first(l, l.within(), {.axis = 3}), second(l, l.within()), third(l, l.within(), {.axis = 1});
  EXPECT_THROW(first.write([&] { first.slice(x); }), UsageError);
  EXPECT_THROW(second.write([&] { second.next(x, x); }), UsageError);
  EXPECT_THROW(third.write([&] { third.next(third.carry_zeros({{2}}, DType::float32), third.slice(x)); }), UsageError);
}

}  // namespace
}  // namespace keraunos::host
