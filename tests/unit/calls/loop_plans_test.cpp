// The plans of loops: their text, the streams on which they run, and that memory does not grow with the steps.
#include <gtest/gtest.h>

#include "callers_stream.h"
#include "device_under_test.h"
#include "host/passes/passes.h"
#include "host/plan/describe_plan.h"
#include "host/plan/nested.h"
#include "keraunos/session.h"
#include "message_of.h"
#include "unit/calls/loop_models.h"

namespace keraunos::host {
namespace {

std::shared_ptr<const Plan> plan_of_loop(const WriteGraph& write, size_t outputs, const Dims& x) {
  const auto device = make_device(device_under_test(), {.threads = 1});
  ConstantStore store(make_device(Device{}, {.threads = 1}), device);
  Graph graph =
      loop_source(outputs, write)->lower(std::array<TensorType, 2>{{{DType::float32, x}, {DType::float32, {x[0]}}}}, {});
  optimise(graph);
  store.fold(graph);
  return make_plan(graph, *device, store);
}

WriteGraph summed() {
  return [](Builder& b, std::span<const Value> inputs) {
    return write_loop(b, {.carried = 1, .sliced = 1}, {zeros_like(b, first_step(b, inputs[0])), time_major(b, inputs[0])},
                      [](Builder& i, std::span<const Value> v) {
                        return std::vector<Value>{i.unary(Function::tanh, i.softmax(i.add(v[0], v[1]), 1))};
                      });
  };
}

TEST(Loops, ThePlansTextShowsTheirSteps) {
  const std::string text = to_string(describe(*plan_of_loop(summed(), 1, {2, 1000, 4})));
  EXPECT_NE(text.find("loop of 1000 steps"), std::string::npos) << text;
  EXPECT_NE(text.find("\n         0  pointwise"), std::string::npos) << text;
  const std::string until = to_string(describe(*plan_of_loop(doubled_while({}), 2, {2, 1, 4})));
  EXPECT_NE(until.find("loop, by a condition"), std::string::npos) << until;
  EXPECT_EQ(until.find("read back") != std::string::npos, device_under_test().kind == Device::cuda) << until;
}

// Nothing may wait on the caller's stream, so a condition that is read back is refused there.
TEST(Loops, AreEnqueuedWhereNothingIsReadBack) {
  if (device_under_test().kind == Device::cpu) GTEST_SKIP() << "the CPU has no streams";
  const Tensor x = random_x(2, 300, 11), limit = limits(2, 3);
  const std::vector<TensorView> in{x, limit};
  const CallersStream stream;
  const auto results_of = [&](Session& session) {
    std::vector<Tensor> results;
    for (const TensorSpec& spec : session.outputs_for(std::vector<Dims>{x.dims(), limit.dims()}))
      results.emplace_back(spec.dtype, Dims{*spec.shape[0], *spec.shape[1]});
    return results;
  };
  const Model known = loop_model(1, summed()), conditional = loop_model(2, doubled_while({}));
  Session session = known.session();
  std::vector<Tensor> results = results_of(session);
  const std::vector<MutableView> out{results[0].mutable_view()};
  session.enqueue(in, out, StreamRef(stream.get()));
  stream.synchronize();
  const Tensor expected = predicted_one(known, x, limit);
  for (size_t i = 0; i < 8; ++i) EXPECT_EQ(results[0].values<float>()[i], expected.values<float>()[i]);
  Session other = conditional.session();
  std::vector<Tensor> more = results_of(other);
  const std::vector<MutableView> room{more[0].mutable_view(), more[1].mutable_view()};
  EXPECT_NE(message_of([&] { other.enqueue(in, room, StreamRef(stream.get())); }).find("read back while it runs"),
            std::string::npos);
}

// Except for the sequence itself, transposed so that its steps come first.
TEST(Loops, MemoryDoesNotGrowWithTheSteps) {
  const auto small = plan_of_loop(summed(), 1, {2, 1000, 4}), large = plan_of_loop(summed(), 1, {2, 100000, 4});
  EXPECT_EQ(small->bytes(), large->bytes());
  EXPECT_EQ(small->steps.size(), large->steps.size());
  const int64_t sequence = 2 * 4 * int64_t{sizeof(float)};  // one step of it
  EXPECT_LE(large->arena_bytes - small->arena_bytes, 2 * 99000 * sequence) << "the input's staging and its transpose";
}

}  // namespace
}  // namespace keraunos::host
