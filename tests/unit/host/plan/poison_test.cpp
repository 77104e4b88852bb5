#include "host/plan/poison.h"

#include <gtest/gtest.h>

namespace keraunos::host {
namespace {

Plan plan_of(int steps) {
  Plan plan;
  for (int i = 0; i < steps; ++i) plan.steps.push_back({.text = "step " + std::to_string(i)});
  return plan;
}

std::string text_of(const Plan& plan) {
  std::string text;
  for (const PlannedStep& step : plan.steps) {
    text += step.kind == PlannedStep::compute ? step.text.substr(5)
                                              : (step.kind == PlannedStep::poison ? "p" : "h") +
                                                    std::to_string(step.out[0].offset) + '+' + std::to_string(step.bytes);
    text += ' ';
  }
  return text;
}

TEST(Poison, FollowsEachLifeAndPrecedesAll) {
  Plan plan = plan_of(3);
  const Interval device[] = {{.first = 0, .last = 1, .bytes = 64, .offset = 0},
                             {.first = 1, .last = 2, .bytes = 32, .offset = 128},
                             {.first = 2, .last = 2, .bytes = 0, .offset = 0}};
  add_poison(plan, device, {});
  EXPECT_EQ(text_of(plan), "p0+160 0 1 p0+64 2 p128+32 ");
}

TEST(Poison, MemoryOfTheHostIsPoisonedThere) {
  Plan plan = plan_of(1);
  const Interval host[] = {{.first = 0, .last = 0, .bytes = 16, .offset = 64}};
  add_poison(plan, {}, host);
  EXPECT_EQ(text_of(plan), "h0+80 0 h64+16 ");
}

}  // namespace
}  // namespace keraunos::host
