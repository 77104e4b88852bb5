// Targets and predictions that are NaN belong to no class and exceed no threshold.
#include <cmath>

#include "loader/evaluate/confusion.h"
#include "loader/evaluate/functions.h"
#include "loader/files/json.h"
#include "unit/expect_error.h"

namespace keraunos::loader {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(EvaluateNaN, IsNoClassOfCtc) {
  const files::Json none = files::Json::object();
  Sides sides;
  sides.truth = {{1, 1}, {kNaN}};
  sides.prediction = Array::filled({1, 2, 3}, 0.3);
  const FunctionRow* ctc = find_function("ctc", false);
  ASSERT_NE(ctc, nullptr);
  expect_error<DataError>([&] { static_cast<void>(ctc->compute(sides, Config(none, "loss"))); }, "is no class");
}

TEST(EvaluateNaN, IsAboveNoThreshold) {
  Confusion confusion(even_thresholds(200), {.keras = 3});
  OutputBatch batch;
  batch.sides.truth = {{1, 1}, {1}};
  batch.sides.prediction = {{1, 1}, {kNaN}};
  confusion.update(batch);
  EXPECT_EQ(confusion.false_negatives.front(), 1);
  EXPECT_EQ(confusion.true_positives.front(), 0);
}

TEST(EvaluateCounts, AreLimited) {
  Confusion confusion(even_thresholds(1'000'000), {.multi_label = true, .keras = 3});
  OutputBatch batch;
  batch.sides.truth = batch.sides.prediction = Array::filled({1, 20}, 1);
  expect_error<UsageError>([&] { confusion.update(batch); }, "10000000 counts are the most");
}

}  // namespace
}  // namespace keraunos::loader
