// What profile() counts. Durations are not tested.
#include "keraunos/profile.h"

#include <gtest/gtest.h>

#include <numeric>

#include "altered.h"
#include "recorded.h"
#include "unit/calls/loop_models.h"

namespace keraunos {
namespace {

using host::WriteGraph;

Profile profile_of_case(const std::string& name, const ProfileOptions& options) {
  const Recorded recorded(name);
  const Model model = recorded.load();
  return profile(model, recorded.inputs(model, recorded.rows()), options);
}

void expect_times_in_order(const StepTime& time, int runs) {
  EXPECT_GE(time.min_ns, 0);
  EXPECT_LE(time.min_ns, time.median_ns);
  EXPECT_LE(time.min_ns * runs, time.total_ns);
}

double sum_of_steps(const Profile& profile) {
  return std::accumulate(profile.steps.begin(), profile.steps.end(), 0.0,
                         [](double sum, const StepTime& time) { return sum + time.total_ns; });
}

TEST(Profile, TimesEachStepOfThePlan) {
  const Recorded recorded("topology_nested_k3");
  const Model model = recorded.load();
  const NamedViews inputs = recorded.inputs(model, recorded.rows());
  const Profile result = profile(model, inputs, {.runs = 5, .warm_up = 1});
  EXPECT_EQ(to_json(result.plan), to_json(model.describe_plan(std::vector<Dims>{inputs[0].second.dims})));
  EXPECT_EQ(result.runs, 5);
  ASSERT_EQ(result.steps.size(), result.plan.steps.size());
  for (const StepTime& time : result.steps) {
    EXPECT_EQ(time.executions, 1);
    expect_times_in_order(time, 5);
  }
  expect_times_in_order(result.timed, 5);
  expect_times_in_order(result.untimed, 5);
  EXPECT_LE(sum_of_steps(result), result.timed.total_ns) << "steps are a part of their runs";
  ASSERT_EQ(result.spans.size(), result.steps.size());
  for (size_t i = 0; i < result.spans.size(); ++i) {
    EXPECT_EQ(result.spans[i].step, i);
    const StepSpan before = i > 0 ? result.spans[i - 1] : StepSpan{};
    EXPECT_GE(result.spans[i].begin_ns, before.begin_ns + before.duration_ns) << "steps run one after the other";
  }
  EXPECT_EQ(result.spans_left_out, 0);
}

// Steps have the numbers of the description, and turns are counted.
TEST(Profile, CountsTheTurnsOfLoops) {
  constexpr int64_t kSteps = 300;  // a loop of few steps is unrolled
  const WriteGraph write = [](Builder& b, std::span<const Value> inputs) {
    return host::write_loop(b, {.carried = 1, .sliced = 1},
                            {host::zeros_like(b, host::first_step(b, inputs[0])), host::time_major(b, inputs[0])},
                            [](Builder& i, std::span<const Value> v) {
                              return std::vector<Value>{i.unary(Function::tanh, i.softmax(i.add(v[0], v[1]), 1))};
                            });
  };
  const Model model = host::loop_model(1, write);
  const Tensor x = host::random_x(2, kSteps, 3), limit = host::limits(2, 3);
  const Profile result =
      profile(model, {{model.inputs()[0].name, x}, {model.inputs()[1].name, limit}}, {.runs = 3, .warm_up = 0});
  ASSERT_EQ(result.steps.size(), result.plan.steps.size());
  size_t inside = 0;
  for (size_t i = 0; i < result.steps.size(); ++i) {
    const PlanDescription::Step& step = result.plan.steps[i];
    EXPECT_EQ(result.steps[i].executions, step.depth == 0 ? 1 : kSteps) << step.operation;
    inside += step.depth == 1;
  }
  EXPECT_GT(inside, 0u);
  EXPECT_EQ(result.spans.size(), result.steps.size() + inside * (kSteps - 1));
  EXPECT_LE(sum_of_steps(result), result.timed.total_ns) << "a loop's own time is without that of its steps";
}

TEST(Profile, OfALoopThatItsConditionEnds) {
  const Model model = host::loop_model(2, host::doubled_while({}));
  const Tensor x = host::random_x(2, 1, 3), limit = host::limits(2, 5);
  const Profile result =
      profile(model, {{model.inputs()[0].name, x}, {model.inputs()[1].name, limit}}, {.runs = 2, .warm_up = 1});
  for (size_t i = 0; i < result.steps.size(); ++i) {
    const std::string& part = result.plan.steps[i].part;
    const int64_t expected = part == "body" ? 5 : part == "condition" ? 6 : 1;
    EXPECT_EQ(result.steps[i].executions, expected) << result.plan.steps[i].operation;
  }
}

TEST(Profile, LeavesPredictAsItWas) {
  const Recorded recorded("lstm_k3");
  const Model model = recorded.load();
  const NamedViews inputs = recorded.inputs(model, recorded.rows());
  const Named before = model.predict(inputs);
  static_cast<void>(profile(model, inputs, {.runs = 2, .warm_up = 0}));
  EXPECT_TRUE(same(before, model.predict(inputs)));
}

TEST(Profile, RefusesWhatItCannotTime) {
  expect_sentence(complaint_of<UsageError>([] { static_cast<void>(profile_of_case("lstm_k3", {.runs = 0})); }), {"runs", "0"});
  expect_sentence(complaint_of<UsageError>([] { static_cast<void>(profile_of_case("lstm_k3", {.warm_up = -1})); }),
                  {"warm_up", "-1"});
  const Model model = Recorded("lstm_k3").load();
  EXPECT_THROW(static_cast<void>(profile(model, {})), UsageError);
}

}  // namespace
}  // namespace keraunos
