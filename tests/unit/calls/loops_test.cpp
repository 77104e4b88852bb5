// Loops as nested plans, on both devices: against the same steps unrolled, against float64, with poisoned memory, and in pieces
// of rows.
#include <gtest/gtest.h>

#include <cmath>

#include "device_under_test.h"
#include "keraunos/error.h"
#include "unit/calls/loop_models.h"

namespace keraunos::host {
namespace {

void expect_near(const std::vector<Tensor>& found, const std::vector<Tensor>& expected, const std::string& what) {
  ASSERT_EQ(found.size(), expected.size()) << what;
  for (size_t i = 0; i < found.size(); ++i) {
    ASSERT_EQ(found[i].dims(), expected[i].dims()) << what << ", output " << i;
    const auto a = found[i].values<float>(), b = expected[i].values<float>();
    for (size_t k = 0; k < a.size(); ++k) ASSERT_NEAR(a[k], b[k], 2e-4f) << what << ", output " << i << ", element " << k;
  }
}

// Two carried values, x as steps, and a captured value; written as a Loop or unrolled.
WriteGraph random_model(uint64_t seed, int64_t steps, bool as_loop) {
  return [=](Builder& b, std::span<const Value> inputs) {
    const Value first = first_step(b, inputs[0]);
    const std::vector<Value> operands{first, zeros_like(b, first), time_major(b, inputs[0]), b.multiply(first, 0.3)};
    const Loop loop{.carried = 2, .sliced = 1, .stacked = 1, .backwards = seed % 2 == 1};
    const std::vector<Value> results =
        as_loop ? write_loop(b, loop, operands, RandomBody(seed)) : write_steps(b, loop, steps, operands, RandomBody(seed));
    return std::vector<Value>{results[0], results[1], time_major(b, results[2])};
  };
}

TEST(Loops, GiveWhatTheirStepsWrittenOutGive) {
  const uint64_t models = device_under_test().kind == Device::cuda ? 24 : 120;
  for (uint64_t seed = 0; seed < models && !HasFailure(); ++seed) {
    const int64_t steps = 1 + static_cast<int64_t>(seed * 7 % 40), rows = 1 + static_cast<int64_t>(seed % 5);
    const Tensor x = random_x(rows, steps, seed), limit = limits(rows, 0);
    const std::string what = "seed " + std::to_string(seed);
    const auto expected = predicted(loop_model(3, random_model(seed, steps, false)), x, limit);
    const Model model = loop_model(3, random_model(seed, steps, true));
    for (int call = 0; call < 3; ++call) expect_near(predicted(model, x, limit), expected, what);  // direct, recorded, replayed
    const Model pieces = loop_model(3, random_model(seed, steps, true), {.gap = 64, .poison = true, .piece_rows = 2});
    expect_near(predicted(pieces, x, limit), expected, what + ", two rows at a time");
  }
}

// A leaky sum of x, in double.
TEST(Loops, ALongLoopGivesWhatFloat64Gives) {
  constexpr int64_t kSteps = 3000, kRows = 3;
  const WriteGraph body = [](Builder& b, std::span<const Value> v) {
    const Value next = b.add(b.multiply(v[0], 0.75), v[1]);
    return std::vector<Value>{next, next};
  };
  const Model model = loop_model(2, [&](Builder& b, std::span<const Value> inputs) {
    const std::vector<Value> operands{zeros_like(b, first_step(b, inputs[0])), time_major(b, inputs[0])};
    const auto results = write_loop(b, {.carried = 1, .sliced = 1, .stacked = 1}, operands, body);
    return std::vector<Value>{results[0], time_major(b, results[1])};
  });
  const Tensor x = random_x(kRows, kSteps, 7);
  const auto found = predicted(model, x, limits(kRows, 0));
  const auto given = x.values<float>(), last = found[0].values<float>(), all = found[1].values<float>();
  for (int64_t row = 0; row < kRows; ++row) {
    for (int64_t f = 0; f < kFeatures; ++f) {
      double sum = 0;
      for (int64_t t = 0; t < kSteps; ++t) {
        const auto at = static_cast<size_t>((row * kSteps + t) * kFeatures + f);
        sum = 0.75 * sum + static_cast<double>(given[at]);
        ASSERT_NEAR(all[at], sum, 1e-5) << "step " << t;
      }
      ASSERT_NEAR(last[static_cast<size_t>(row * kFeatures + f)], sum, 1e-5);
    }
  }
}

TEST(Loops, OfNoStepsGiveWhatTheyStartFrom) {
  const Model model = loop_model(2, [](Builder& b, std::span<const Value> inputs) {
    const std::vector<Value> operands{b.add(inputs[1], 1), time_major(b, inputs[0])};
    const auto results =
        write_loop(b, {.carried = 1, .sliced = 1, .stacked = 1}, operands, [](Builder& i, std::span<const Value> v) {
          return std::vector<Value>{i.multiply(v[0], 2), v[1]};
        });
    return std::vector<Value>{results[0], time_major(b, results[1])};
  });
  const auto found = predicted(model, random_x(3, 0, 1), limits(3, 4));
  EXPECT_EQ(found[0].values<float>()[2], 5);
  EXPECT_EQ(found[1].dims(), (Dims{3, 0, kFeatures}));
}

TEST(Loops, HoldLoopsAndBranches) {
  constexpr int64_t kSteps = 12;
  const Model model = loop_model(1, [](Builder& b, std::span<const Value> inputs) {
    const WriteGraph inner = [](Builder& i, std::span<const Value> v) { return std::vector<Value>{i.add(v[0], v[1])}; };
    const WriteGraph outer = [&](Builder& i, std::span<const Value> v) {
      const Value sum = write_loop(i, {.carried = 1, .steps = 200}, {v[0], i.multiply(v[1], 0.005)}, inner)[0];
      const Value first = i.reduce(Reduction::maximum, sum, std::array{0, 1});
      return write_branch_of(
          i, below(i, first, i.scalar(4, DType::float32)), {sum},
          [](Builder&, std::span<const Value> w) { return std::vector<Value>{w[0]}; },
          [](Builder& k, std::span<const Value> w) { return std::vector<Value>{k.multiply(w[0], 0.5)}; });
    };
    return write_loop(b, {.carried = 1, .sliced = 1}, {zeros_like(b, first_step(b, inputs[0])), time_major(b, inputs[0])}, outer);
  });
  Tensor x(DType::float32, {1, kSteps, kFeatures});
  for (float& value : x.mutable_values<float>()) value = 1;
  double sum = 0;
  for (int64_t t = 0; t < kSteps; ++t) {
    sum += 1;
    if (sum >= 4) sum *= 0.5;
  }
  EXPECT_NEAR(predicted_one(model, x, limits(1, 0)).values<float>()[0], sum, 1e-3);
}

TEST(Loops, BadDataInAStepIsReported) {
  const Model model = loop_model(1, [](Builder& b, std::span<const Value> inputs) {
    const Value table = b.broadcast_to(b.scalar(1, DType::float32), {{3}, {4}});
    return write_loop(b, {.carried = 1, .steps = 500}, {first_step(b, inputs[0]), b.cast(inputs[1], DType::int32), table},
                      [](Builder& i, std::span<const Value> v) { return std::vector<Value>{i.add(v[0], i.gather(v[2], v[1]))}; });
  });
  const Tensor x = random_x(2, 1, 6);
  EXPECT_NO_THROW(predicted(model, x, limits(2, 2)));
  try {
    predicted(model, x, limits(2, 3));
    FAIL() << "accepted";
  } catch (const DataError& error) {
    EXPECT_NE(std::string(error.what()).find("layer \"loop\": expected ids from 0 to 2, found 3"), std::string::npos)
        << error.what();
  }
  EXPECT_NO_THROW(predicted(model, x, limits(2, 2)));
}

// Adds 1 to its operand, on the host even where the model runs on a GPU.
class AddOne final : public Kernel {
 public:
  std::string name() const override { return "add_one"; }
  std::optional<std::vector<TensorType>> infer(std::span<const TensorType> in) const override { return std::vector{in[0]}; }
  void run(std::span<const TensorView> in, std::span<const MutableView> out) const override {
    for (int64_t i = 0; i < in[0].dims.elements(); ++i)
      static_cast<float*>(out[0].data)[i] = static_cast<const float*>(in[0].data)[i] + 1;
  }
};

TEST(Loops, KernelsOfTheHostRunInThem) {
  const auto kernel = std::make_shared<const AddOne>();
  const Model model = loop_model(1, [&](Builder& b, std::span<const Value> inputs) {
    return write_loop(b, {.carried = 1, .steps = 300}, {first_step(b, inputs[0])},
                      [&](Builder& i, std::span<const Value> v) { return i.call(kernel, std::array{v[0]}); });
  });
  const Tensor x = random_x(2, 1, 8);
  for (int call = 0; call < 3; ++call) {
    const Tensor found = predicted_one(model, x, limits(2, 0));
    for (size_t i = 0; i < 8; ++i) EXPECT_NEAR(found.values<float>()[i], x.values<float>()[i] + 300, 1e-3);
  }
}

}  // namespace
}  // namespace keraunos::host
