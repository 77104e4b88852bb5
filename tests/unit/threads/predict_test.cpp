// One Model, many threads: every result equals that of a single thread, whatever the others do, on a model that was not called
// before.
#include <gtest/gtest.h>

#include <atomic>

#include "keraunos/error.h"
#include "message_of.h"
#include "recorded.h"
#include "scheduler_seed.h"
#include "unit/threads/crowd.h"

namespace keraunos {
namespace {

constexpr int kThreads = 6, kRounds = 4;

std::vector<Named> alone(const Recorded& recorded) {
  const Model model = recorded.load();
  std::vector<Named> results;
  for (int64_t rows = 1; rows <= recorded.rows(); ++rows) results.push_back(model.predict(recorded.inputs(model, rows)));
  return results;
}

class EachKind : public testing::TestWithParam<std::string> {};

TEST_P(EachKind, ResultsAreThoseOfOneThread) {
  const Recorded recorded(GetParam());
  const std::vector<Named> expected = alone(recorded);
  const Model model = recorded.load();
  set_scheduler_seed(std::hash<std::string>{}(GetParam()) % 8);
  std::atomic<int> wrong = 0;
  run_crowd(kThreads, [&](int thread) {
    for (int round = 0; round < kRounds; ++round) {
      const int64_t rows = 1 + (thread + round) % recorded.rows();
      if (!same(model.predict(recorded.inputs(model, rows)), expected[static_cast<size_t>(rows - 1)])) ++wrong;
    }
  });
  set_scheduler_seed(0);
  EXPECT_EQ(wrong, 0);
}

// Every call is cut into pieces, which run side by side on a CPU: in the end more pieces than threads need the same sessions.
TEST_P(EachKind, SoAreThoseOfPieces) {
  if (GetParam() == "text_int_k2") GTEST_SKIP() << "its rows have as many columns as words";
  const Recorded recorded(GetParam());
  const PredictOptions row_by_row{.batch_size = 1};
  const Model quiet = recorded.load(), model = recorded.load();
  const NamedViews inputs = recorded.inputs(model, recorded.rows());
  const Named expected = quiet.predict(inputs, row_by_row);
  set_scheduler_seed(std::hash<std::string>{}(GetParam()) % 8);
  std::atomic<int> wrong = 0;
  run_crowd(kThreads, [&](int) {
    for (int round = 0; round < kRounds; ++round) wrong += !same(model.predict(inputs, row_by_row), expected);
  });
  set_scheduler_seed(0);
  EXPECT_EQ(wrong, 0);
}

INSTANTIATE_TEST_SUITE_P(Threads, EachKind,
                         testing::Values("doc_example_k2", "doc_example_k3", "dense_widths_k2_h5", "conv2d_bn_relu_k2",
                                         "conv2d_free_size_k3", "depthwise_bn_relu6_k3", "lstm_masked_k2", "gru_stacked_k3",
                                         "bidirectional_stacked_k2", "rnn_stacked_cells_k3", "embedding_k2",
                                         "mha_padded_causal_k3", "string_lookup_embedding_k2", "string_lookup_k3", "text_int_k2",
                                         "text_classify_k3", "topology_several_k2", "topology_nested_twice_k3",
                                         "ops_reductions_k3", "mixed_float16_dense_k2", "int8_dense_k3"),
                         [](const auto& test) { return test.param; });

// A failing call affects only its own thread: it leaves no error word and no half-used session to the others.
TEST(Threads, FaultsStayWithTheCallThatMadeThem) {
  const Recorded recorded("embedding_dense_k2_json");
  const golden::Case golden = golden::Case::read(case_folder(recorded.name()));
  const Model model =
      load_model(golden.model, {.device = device_under_test(), .precision = Precision::float32, .weights = golden.weights});
  const NamedViews good = recorded.inputs(model, recorded.rows());
  const Named expected = model.predict(good);
  const std::vector<int32_t> ids(static_cast<size_t>(good[0].second.dims.elements()), 1'000'000);
  const NamedViews outside{{good[0].first, {ids, good[0].second.dims}}};
  const NamedViews wrong_rank{{good[0].first, {ids, {1, 1, 1, static_cast<int64_t>(ids.size())}}}};
  std::atomic<int> wrong = 0, silent = 0;
  run_crowd(kThreads, [&](int thread) {
    for (int round = 0; round < 2 * kRounds; ++round) {
      switch ((thread + round) % 3) {
        case 0:
          silent += message_of<DataError>([&] { model.predict(outside); }).find("found 1000000") == std::string::npos;
          break;
        case 1: silent += message_of<UsageError>([&] { model.predict(wrong_rank); }).find("expects") == std::string::npos; break;
        default: wrong += !same(model.predict(good), expected);
      }
    }
  });
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(silent, 0);
}

TEST(Threads, LayersAndWeightsAreReadWhileOthersPredict) {
  const Recorded recorded("conv2d_bn_relu_k3");
  const std::vector<Named> expected = alone(recorded);
  const Model model = recorded.load();
  const std::string summary = recorded.load().summary();
  std::atomic<int> wrong = 0;
  run_crowd(kThreads, [&](int thread) {
    for (int round = 0; round < kRounds; ++round) {
      if (thread % 2 == 0) {
        wrong += !same(model.predict(recorded.inputs(model, 1)), expected[0]);
        continue;
      }
      for (const Layer& layer : model.layers()) {
        for (const TensorSpec& spec : layer.weights()) {
          const Tensor first = model.get_layer(layer.name()).weight(spec.name), again = layer.weight(spec.name);
          wrong += !same(first, again);
        }
      }
      wrong += model.summary() != summary || model.inputs().size() != 1;
    }
  });
  EXPECT_EQ(wrong, 0);
}

TEST(Threads, PartsOfAModelAreMadeAndUsedAtOnce) {
  const Recorded recorded("topology_nested_twice_k2");
  const Model model = recorded.load();
  const std::string last = model.layers().back().name();
  const Named expected = model.with_outputs({last}).predict(recorded.inputs(model, 2));
  std::atomic<int> wrong = 0;
  run_crowd(kThreads, [&](int) {
    for (int round = 0; round < kRounds; ++round)
      wrong += !same(model.with_outputs({last}).predict(recorded.inputs(model, 2)), expected);
  });
  EXPECT_EQ(wrong, 0);
}

// More shapes than a session or a model keeps plans of, from several threads: removing a plan does not free memory of a thread
// that still runs it.
TEST(Threads, PlansComeAndGo) {
  const Model model = load_for_test(case_folder("conv1d_free_length_k3") / "model.keras");
  const Model quiet = load_for_test(case_folder("conv1d_free_length_k3") / "model.keras");
  const int64_t channels = *model.inputs()[0].shape.back();
  const std::vector<float> values(static_cast<size_t>(80 * channels), 0.5f);
  std::vector<Tensor> expected;
  for (int64_t length = 20; length < 60; ++length)
    expected.push_back(quiet.predict({std::span(values).first(static_cast<size_t>(length * channels)), {1, length, channels}}));
  std::atomic<int> wrong = 0;
  run_crowd(kThreads, [&](int thread) {
    for (int64_t i = 0; i < 40; ++i) {
      const int64_t length = 20 + (i * 7 + thread * 11) % 40;
      const Tensor found =
          model.predict({std::span(values).first(static_cast<size_t>(length * channels)), {1, length, channels}});
      wrong += !same(found, expected[static_cast<size_t>(length - 20)]);
    }
  });
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace keraunos
