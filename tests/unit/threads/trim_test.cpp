// trim() and memory() while other threads predict with many shapes: memory in use is not freed.
#include <gtest/gtest.h>

#include <atomic>

#include "recorded.h"
#include "scheduler_seed.h"
#include "unit/threads/crowd.h"

namespace keraunos {
namespace {

TEST(Trim, TakesNothingFromCallsThatRun) {
  const Recorded recorded("mha_k3");
  const Model model = recorded.load(2), quiet = recorded.load(2);
  std::vector<Named> expected;
  for (int64_t rows = 1; rows <= recorded.rows(); ++rows) expected.push_back(quiet.predict(recorded.inputs(quiet, rows)));
  set_scheduler_seed(3);
  std::atomic<int> wrong = 0;
  run_crowd(5, [&](int thread) {
    for (int round = 0; round < 30; ++round) {
      if (thread == 0) {
        model.trim();
        if (model.memory().weights.host <= 0) ++wrong;
        continue;
      }
      const int64_t rows = 1 + (thread + round) % recorded.rows();
      if (!same(model.predict(recorded.inputs(model, rows)), expected[static_cast<size_t>(rows - 1)])) ++wrong;
    }
  });
  set_scheduler_seed(0);
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace keraunos
