// The caller's own threads: results are the same, and on a CPU these threads do the work.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "recorded.h"

namespace keraunos {
namespace {

TEST(ExecutorOption, ComputesWhatTheModelsOwnThreadsDo) {
  const Recorded recorded("doc_example_k3");
  std::atomic<int64_t> asked{0};
  const Executor threads = [&](int64_t count, const std::function<void(int64_t)>& task) {
    asked += count;
    std::vector<std::jthread> running;
    for (int64_t i = 0; i < count; ++i) running.emplace_back([&task, i] { task(i); });
  };
  const auto file = golden::Case::read(case_folder(recorded.name())).model;
  const Model own = load_for_test(file, 2);
  const Model model =
      load_model(file, {.device = device_under_test(), .precision = Precision::float32, .threads = 2, .executor = threads});
  const NamedViews inputs = recorded.inputs(model, recorded.rows());
  const PredictOptions row_by_row{.batch_size = 1};
  EXPECT_TRUE(same(model.predict(inputs, row_by_row), own.predict(inputs, row_by_row)));
  if (device_under_test().kind == Device::cpu) {
    EXPECT_GE(asked, 2);
  }
}

}  // namespace
}  // namespace keraunos
