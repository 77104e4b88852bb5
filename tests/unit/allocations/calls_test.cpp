// After warm-up a call with a known shape allocates no device memory, and on the heap only its result: a tensor takes two blocks
// (elements and their owner), a Named one more for the list, and one for each name that does not fit into a std::string itself.
// Text kernels may allocate (a lookup lists the indices that it finds), so for text models only device allocations are checked.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>

#include "callers_stream.h"
#include "host/model/model_state.h"
#include "host/run/convert.h"
#include "loader/open_model.h"
#include "recorded.h"
#include "unit/allocations/device.h"
#include "unit/allocations/heap.h"

namespace keraunos {
namespace {

constexpr int kWarmUp = 4;  // calls that plan, bind, record a graph and replay it

struct Subject {
  explicit Subject(const std::string& name) : recorded(name) {
    const golden::Case golden = golden::Case::read(case_folder(name));
    const LoadOptions options{.device = device_under_test(), .precision = Precision::float32, .threads = 2};
    device = host::make_device(device_under_test(), {.threads = 2});
    evaluator = device_under_test().kind == Device::cpu ? device : host::make_device(Device{}, {.threads = 2});
    model =
        host::Handles::of(std::make_shared<const host::ModelState>(loader::open_model(golden.model, options), device, evaluator));
  }

  Recorded recorded;
  std::shared_ptr<host::DeviceRuntime> device, evaluator;
  std::optional<Model> model;
};

// The allocations of one more call after some calls.
struct Asked {
  int64_t heap, device;
};

template <class Call>
Asked asked_by(const Subject& subject, Call&& call) {
  for (int i = 0; i < kWarmUp; ++i) call();
  // The least of several calls. When the threads first run pieces side by side they need one more session, and a library may
  // allocate on a thread that is new to it; allocations that every call makes are in all of them.
  constexpr int kCalls = 20;
  Asked asked{INT64_MAX, INT64_MAX};
  for (int i = 0; i < kCalls; ++i) {
    const int64_t heap = heap::allocations(), device = device_allocations(*subject.device);
    call();
    asked.heap = std::min(asked.heap, heap::allocations() - heap);
    asked.device = std::min(asked.device, device_allocations(*subject.device) - device);
  }
  return {subject.model->inputs()[0].dtype == DType::string ? 0 : asked.heap, asked.device};
}

int64_t blocks_of_named(const Model& model) {
  constexpr size_t kFitsInside = 15;
  int64_t blocks = 1;
  for (const TensorSpec& output : model.outputs()) blocks += 2 + (output.name.size() > kFitsInside);
  return blocks;
}

class Allocations : public testing::TestWithParam<std::string> {};

TEST_P(Allocations, PredictAsksForItsResultOnly) {
  const Subject subject(GetParam());
  for (const int64_t rows : {int64_t{1}, subject.recorded.rows()}) {
    const NamedViews inputs = subject.recorded.inputs(*subject.model, rows);
    const Asked named = asked_by(subject, [&] { subject.model->predict(inputs); });
    EXPECT_LE(named.heap, blocks_of_named(*subject.model)) << rows << " rows";
    EXPECT_EQ(named.device, 0) << rows << " rows";
    if (inputs.size() != 1 || subject.model->outputs().size() != 1) continue;
    const Asked single = asked_by(subject, [&] { subject.model->predict(inputs[0].second); });
    EXPECT_LE(single.heap, 2) << rows << " rows";
    EXPECT_EQ(single.device, 0) << rows << " rows";
  }
}

// A batch that is cut: no chunk allocates.
TEST_P(Allocations, SoDoesABatchInChunks) {
  const Subject subject(GetParam());
  const NamedViews inputs = subject.recorded.inputs(*subject.model, subject.recorded.rows());
  if (subject.recorded.rows() < 2) GTEST_SKIP() << "one row cannot be cut";
  for (const int64_t rows : {1, 2}) {  // 3 rows by 2: the last piece is smaller
    const Asked asked = asked_by(subject, [&] { subject.model->predict(inputs, {.batch_size = rows}); });
    EXPECT_LE(asked.heap, blocks_of_named(*subject.model)) << rows;
    EXPECT_EQ(asked.device, 0) << rows;
  }
}

// Inputs in the order of the model, outputs in memory that is allocated once.
struct Buffers {
  Buffers(Subject& subject, Session& session, bool on_the_device) {
    std::vector<Dims> dims;
    size_t i = 0;
    for (const auto& [name, view] : subject.recorded.inputs(*subject.model, subject.recorded.rows())) {
      dims.push_back(view.dims);
      in.push_back(view);
      if (view.dtype == subject.model->inputs()[i++].dtype) continue;
      results.emplace_back(subject.model->inputs()[i - 1].dtype, view.dims);  // a session converts nothing
      host::convert(view.data, view.dtype, results.back().data(), results.back().dtype(), view.dims.elements());
      in.back() = results.back();
    }
    for (const TensorSpec& spec : session.outputs_for(dims)) {
      std::vector<int64_t> sizes;
      for (const auto& extent : spec.shape) sizes.push_back(*extent);
      results.emplace_back(spec.dtype, Dims(sizes));
      out.push_back(results.back().mutable_view());
    }
    if (!on_the_device) return;
    for (TensorView& view : in)
      view = {keep(on_device(*subject.device, view.data, view.bytes())), view.dtype, view.dims, subject.device->id()};
    for (MutableView& view : out)
      view = {keep(on_device(*subject.device, nullptr, view.bytes())), view.dtype, view.dims, subject.device->id()};
  }

  void* keep(std::shared_ptr<void> part) {
    memory.push_back(std::move(part));
    return memory.back().get();
  }

  std::vector<TensorView> in;
  std::vector<MutableView> out;
  std::vector<Tensor> results;
  std::vector<std::shared_ptr<void>> memory;
};

TEST_P(Allocations, SessionRunAsksForNothing) {
  Subject subject(GetParam());
  Session session = subject.model->session();
  Buffers buffers(subject, session, false);
  const Asked asked = asked_by(subject, [&] { session.run(buffers.in, buffers.out); });
  EXPECT_EQ(asked.heap, 0);
  EXPECT_EQ(asked.device, 0);
}

TEST_P(Allocations, SessionEnqueueAsksForNothing) {
  if (device_under_test().kind == Device::cpu) GTEST_SKIP() << "the CPU has no streams";
  Subject subject(GetParam());
  if (subject.model->inputs()[0].dtype == DType::string) GTEST_SKIP() << "text stays on the host";
  Session session = subject.model->session();
  Buffers buffers(subject, session, true);
  const CallersStream stream;
  const Asked asked = asked_by(subject, [&] {
    session.enqueue(buffers.in, buffers.out, StreamRef(stream.get()));
    stream.synchronize();
    session.check();
  });
  EXPECT_EQ(asked.heap, 0);
  EXPECT_EQ(asked.device, 0);
}

INSTANTIATE_TEST_SUITE_P(Calls, Allocations,
                         testing::Values("doc_example_k2", "doc_example_k3", "conv2d_bn_relu_k2", "conv2d_squeeze_excite_k3",
                                         "depthwise_bn_relu6_k2", "lstm_k2", "gru_stacked_k3", "bidirectional_lstm_k3",
                                         "rnn_stacked_cells_k2", "embedding_k3", "mha_padded_causal_k2", "topology_several_k2",
                                         "topology_nested_twice_k3", "string_lookup_embedding_k3", "int8_dense_k3",
                                         "mixed_float16_dense_k3", "max_pooling2d_k3", "ops_reductions_k2"),
                         [](const auto& test) { return test.param; });

// Plans are kept for the shapes used last, as many as fit; older ones are freed, however many there were.
TEST(Plans, AreBoundedByBytes) {
  const golden::Case golden = golden::Case::read(case_folder("conv1d_free_length_k3"));
  const LoadOptions options{.device = device_under_test(), .threads = 1};
  const auto device = host::make_device(device_under_test(), {.threads = 1});
  const auto evaluator = device_under_test().kind == Device::cpu ? device : host::make_device(Device{}, {.threads = 1});
  constexpr int64_t kBytes = 200'000;
  const auto state = std::make_shared<const host::ModelState>(loader::open_model(golden.model, options), device, evaluator,
                                                              nullptr, host::PlanOptions{.bytes_of_plans = kBytes});
  const Model model = host::Handles::of(state);
  const int64_t channels = *model.inputs()[0].shape.back();
  const std::vector<float> values(static_cast<size_t>(128 * channels), 1.0f);
  for (int64_t length = 28; length < 128; ++length)
    model.predict({std::span(values).first(static_cast<size_t>(length * channels)), {1, length, channels}});
  EXPECT_LT(state->plans(), 100u);
  EXPECT_GT(state->plans(), 10u);
  const TensorType last{DType::float32, {1, 127, channels}};
  EXPECT_LE(static_cast<int64_t>(state->plans()) * state->plan_for({&last, 1})->bytes(), state->budget_of_plans());
  EXPECT_EQ(state->budget_of_plans(), kBytes + 2 * model.memory().weights.host);
}

}  // namespace
}  // namespace keraunos
