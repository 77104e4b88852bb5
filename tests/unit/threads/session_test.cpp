// Sessions of one model, one per thread: each keeps its own states and memory. And models loaded by several threads at once.
#include <gtest/gtest.h>

#include <atomic>

#include "keraunos/error.h"
#include "recorded.h"
#include "unit/threads/crowd.h"

namespace keraunos {
namespace {

constexpr int kCallers = 6;

// The outputs of all recorded calls, in order, in one session.
std::vector<Tensor> play(const Model& model, const std::vector<Named>& calls) {
  Session session = model.session();
  std::vector<Tensor> results;
  for (const Named& call : calls) {
    std::vector<TensorView> in;
    std::vector<Dims> dims;
    for (const auto& [name, tensor] : call) in.push_back(tensor), dims.push_back(tensor.dims());
    std::vector<MutableView> out;
    const size_t first = results.size();
    for (const TensorSpec& spec : session.outputs_for(dims)) {
      std::vector<int64_t> sizes;
      for (const auto& extent : spec.shape) sizes.push_back(*extent);
      results.emplace_back(spec.dtype, Dims(sizes));
    }
    for (size_t i = first; i < results.size(); ++i) out.push_back(results[i].mutable_view());
    session.run(in, out);
  }
  return results;
}

class Stateful : public testing::TestWithParam<std::string> {};

TEST_P(Stateful, SessionsKeepTheirStatesApart) {
  const golden::Case golden = golden::Case::read(case_folder(GetParam()));
  std::vector<Named> calls;
  for (const golden::Call& call : golden.calls) calls.push_back(files::read_npz(call.inputs.string()));
  ASSERT_GT(calls.size(), 1u) << "a case of one call shows no state";
  const Model model = load_for_test(golden.model);
  const std::vector<Tensor> expected = play(load_for_test(golden.model), calls);
  std::atomic<int> wrong = 0;
  run_crowd(kCallers, [&](int) {
    for (int round = 0; round < 3; ++round) {
      wrong += !std::ranges::equal(play(model, calls), expected, [](const Tensor& a, const Tensor& b) { return same(a, b); });
    }
  });
  EXPECT_EQ(wrong, 0);
}

INSTANTIATE_TEST_SUITE_P(Threads, Stateful, testing::Values("stateful_lstm_k2", "stateful_gru_k3", "stateful_simple_rnn_k2"),
                         [](const auto& test) { return test.param; });

// HDF5 is not thread safe and prints errors from every thread that did not disable that: the loader must prevent both.
TEST(Threads, ModelsAreLoadedAtOnce) {
  const std::vector<std::string> names{"doc_example_k2_h5", "doc_example_k3",   "lstm_encoder_decoder_k3_h5",
                                       "gru_stacked_k2_h5", "text_classify_k2", "conv2d_bn_relu_k2_h5"};
  std::vector<Recorded> recorded(names.begin(), names.end());
  std::vector<Named> expected;
  for (const Recorded& r : recorded) {
    const Model model = r.load();
    expected.push_back(model.predict(r.inputs(model, r.rows())));
  }
  std::atomic<int> wrong = 0;
  testing::internal::CaptureStderr();
  run_crowd(kCallers, [&](int thread) {
    for (size_t round = 0; round < 3; ++round) {
      const size_t i = (static_cast<size_t>(thread) + round) % recorded.size();
      const Model model = recorded[i].load();
      wrong += !same(model.predict(recorded[i].inputs(model, recorded[i].rows())), expected[i]);
      try {
        load_for_test(case_folder("doc_example_k2_h5") / "case.json");
        ++wrong;
      } catch (const ModelError&) {
      }
    }
  });
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace keraunos
