// Model::memory() and trim(): the memory that a model holds and frees. Bytes are counted where they are allocated, so no test
// asks the operating system.
#include <gtest/gtest.h>

#include "host/model/model_state.h"
#include "loader/open_model.h"
#include "recorded.h"

namespace keraunos {
namespace {

int64_t constants(const MemoryUse& use) { return use.constants.host + use.constants.device; }
int64_t sessions(const MemoryUse& use) { return use.sessions.host + use.sessions.device; }

// A model whose internals the test can read.
struct Subject {
  explicit Subject(const std::string& name) : recorded(name) {
    const golden::Case golden = golden::Case::read(case_folder(name));
    const auto device = host::make_device(device_under_test(), {.threads = 2});
    const auto evaluator = device_under_test().kind == Device::cpu ? device : host::make_device(Device{}, {.threads = 2});
    state = std::make_shared<const host::ModelState>(loader::open_model(golden.model, {}), device, evaluator);
  }
  Recorded recorded;
  std::shared_ptr<const host::ModelState> state;
};

class Memory : public testing::TestWithParam<std::string> {};

TEST_P(Memory, FallsAfterTrimAndTheModelRunsAsBefore) {
  const Recorded recorded(GetParam());
  const Model model = recorded.load(2);
  const MemoryUse loaded = model.memory();
  EXPECT_GT(loaded.weights.host, 0);
  EXPECT_EQ(loaded.plans.host, 0);
  EXPECT_EQ(sessions(loaded), 0);
  const NamedViews inputs = recorded.inputs(model, recorded.rows());
  const Named before = model.predict(inputs);
  const MemoryUse called = model.memory();
  EXPECT_GT(called.plans.host, 0);
  EXPECT_GT(sessions(called), 0);
  EXPECT_GT(constants(called), 0);
  if (device_under_test().kind == Device::cpu) {
    EXPECT_EQ(called.device(), 0);
  } else {
    EXPECT_GT(called.constants.device, 0);
    EXPECT_GT(called.sessions.device, 0);
  }
  model.trim();
  const MemoryUse trimmed = model.memory();
  EXPECT_EQ(trimmed.weights.host, loaded.weights.host);
  EXPECT_EQ(trimmed.plans.host, 0);
  EXPECT_EQ(sessions(trimmed), 0);
  EXPECT_EQ(constants(trimmed), constants(loaded));
  EXPECT_TRUE(same(model.predict(inputs), before));
  EXPECT_EQ(model.memory().host(), called.host());
  EXPECT_EQ(model.memory().device(), called.device());
}

INSTANTIATE_TEST_SUITE_P(Trim, Memory, testing::Values("conv2d_bn_relu_k2", "lstm_k2", "mha_k3", "int8_dense_k3"),
                         [](const auto& test) { return test.param; });

TEST(Memory, OfAnOwnSessionStaysUntilItEnds) {
  const Recorded recorded("conv2d_bn_relu_k2");
  const Model model = recorded.load();
  const Dims dims = recorded.inputs(model, 1)[0].second.dims;
  {
    Session session = model.session();
    session.reserve({{dims}});
    model.trim();
    EXPECT_GT(sessions(model.memory()), 0);
    EXPECT_GT(constants(model.memory()), 0) << "its plan still uses them";
  }
  model.trim();
  EXPECT_EQ(sessions(model.memory()), 0);
  EXPECT_EQ(constants(model.memory()), 0);
}

// Concurrent callers leave one session per thread; a single caller needs one of them.
TEST(Memory, SessionsThatAThousandCallsDidWithoutAreFreed) {
  const Subject subject("doc_example_k3");
  const Model model = host::Handles::of(subject.state);
  const NamedViews inputs = subject.recorded.inputs(model, 1);
  std::vector<host::ModelState::Borrowed> crowd;
  for (int i = 0; i < 100; ++i) crowd.push_back(subject.state->borrow());
  crowd.clear();
  EXPECT_EQ(subject.state->idle_sessions(), 64u);
  for (int i = 0; i < 2000; ++i) model.predict(inputs);
  EXPECT_EQ(subject.state->idle_sessions(), 1u);
}

TEST(Memory, OfALargeResultIsUsedAgainAfterItIsDestroyed) {
  const Recorded recorded("doc_example_k3");
  const Model model = recorded.load();
  const Dims one = recorded.inputs(model, 1)[0].second.dims;
  const int64_t row = model.predict(recorded.inputs(model, 1))[0].second.bytes();
  std::vector<int64_t> extents(one.begin(), one.end());
  extents[0] = (int64_t{5} << 20) / row;
  const std::vector<float> values(static_cast<size_t>(Dims(extents).elements()));
  const TensorView input(values, Dims(extents));
  model.predict(input);
  model.trim();
  Tensor result = model.predict(input);
  const int64_t during = sessions(model.memory());
  const void* const address = result.data();
  result = Tensor();
  EXPECT_EQ(sessions(model.memory()), during + row * extents[0]);
  result = model.predict(input);
  EXPECT_EQ(result.data(), address);
  EXPECT_EQ(sessions(model.memory()), during);
  result = Tensor();
  model.trim();
  EXPECT_EQ(sessions(model.memory()), 0);
}

}  // namespace
}  // namespace keraunos
