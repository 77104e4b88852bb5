// Predictions between memory of a device on both sides: results, pieces, and what is refused.
#include "keraunos/device_call.h"

#include <gtest/gtest.h>

#include "callers_stream.h"
#include "keraunos/dlpack.h"
#include "keraunos/error.h"
#include "message_of.h"
#include "recorded.h"

namespace keraunos {
namespace {

class DeviceCallTest : public testing::Test {
 protected:
  void SetUp() override {
    if (device_under_test().kind == Device::cpu) GTEST_SKIP() << "the CPU has no memory of its own";
  }
  static Named on_host(const NamedDeviceTensors& results) {
    Named copies;
    for (const auto& [name, tensor] : results) copies.emplace_back(name, tensor.to_host());
    return copies;
  }
};

TEST_F(DeviceCallTest, AResultIsReadInPlaceByTheNextCall) {
  const Recorded recorded("dense_bn_k3");
  const Model model = recorded.load();
  const NamedViews inputs = recorded.inputs(model, recorded.rows());
  const NamedDeviceTensors first = DeviceCall(model).predict(inputs);
  EXPECT_TRUE(same(on_host(first), model.predict(inputs)));
  const DeviceTensor& tensor = first[0].second;
  EXPECT_EQ(tensor.device(), device_under_test());
  const DlpackTensor shared(to_dlpack(tensor));
  EXPECT_EQ(TensorView(shared).data, tensor.data());
  EXPECT_EQ(TensorView(shared).where, device_under_test());
}

TEST_F(DeviceCallTest, PiecesGiveTheSameRows) {
  const Recorded recorded("dense_bn_k3");
  const Model model = recorded.load();
  const NamedViews inputs = recorded.inputs(model, recorded.rows());
  int64_t done = 0;
  PredictOptions options{.batch_size = 1};
  options.progress = [&](int64_t now, int64_t) { done = now; };
  EXPECT_TRUE(same(on_host(DeviceCall(model).predict(inputs, options)), model.predict(inputs)));
  EXPECT_EQ(done, recorded.rows());
  std::stop_source stop;
  stop.request_stop();
  options.stop = stop.get_token();
  EXPECT_THROW(static_cast<void>(DeviceCall(model).predict(inputs, options)), Cancelled);
  EXPECT_THROW(static_cast<void>(DeviceCall(model).predict(inputs, {.max_turns = -1})), UsageError);
}

TEST_F(DeviceCallTest, LoopsEndAfterTheTurnsOfTheOptions) {
  const Recorded recorded("function_loops");
  const Model model = recorded.load();
  const NamedViews inputs = recorded.inputs(model, recorded.rows());
  EXPECT_THROW(static_cast<void>(DeviceCall(model).predict(inputs, {.max_turns = 0})), DataError);
  EXPECT_TRUE(same(on_host(DeviceCall(model).predict(inputs)), model.predict(inputs)));  // the limit was of that call
}

class DoubledOnHost final : public Kernel {
 public:
  std::string name() const override { return "doubled"; }
  std::optional<std::vector<TensorType>> infer(std::span<const TensorType> in) const override { return std::vector{in[0]}; }
  void run(std::span<const TensorView> in, std::span<const MutableView> out) const override {
    for (int64_t i = 0; i < in[0].dims.elements(); ++i)
      static_cast<float*>(out[0].data)[i] = 2 * static_cast<const float*>(in[0].data)[i];
  }
};

// A kernel without a CUDA body is the only reader of the input.
TEST_F(DeviceCallTest, AnInputThatTheHostReadsIsCopiedThere) {
  const Recorded recorded("activation_sparsemax_k3");
  LoadOptions options{.device = device_under_test()};
  options.custom_objects.replace(
      "y", {.lower = [](Lowering& l) {
        return std::vector<Traced>{{l.call(std::make_shared<const DoubledOnHost>(), {{l.input().value}})[0], {}}};
      }});
  const Model model = load_model(case_folder("activation_sparsemax_k3") / "model.keras", options);
  const NamedViews inputs = recorded.inputs(model, 2);
  const NamedDeviceTensors doubled = DeviceCall(model).predict(inputs);
  const TensorView view = doubled[0].second;
  const Tensor copy = doubled[0].second.to_host();
  const std::string& name = inputs[0].first;
  EXPECT_TRUE(same(on_host(DeviceCall(model).predict({{name, view}})), model.predict({{name, copy}})));
  Session session = model.session();
  const CallersStream stream;
  Tensor result(DType::float32, view.dims);
  const MutableView out[] = {result.mutable_view()};
  const TensorView in[] = {view};
  EXPECT_EQ(message_of([&] { session.enqueue(in, out, StreamRef(stream.get())); }),
            "input \"" + name + "\" is read by a step on the host, but lies on cuda:0: pass it in memory of the CPU");
}

TEST(DeviceCallOnCpu, IsRefused) {
  if (device_under_test().kind != Device::cpu) GTEST_SKIP() << "this is about the CPU";
  const Model model = Recorded("activation_sparsemax_k3").load();
  EXPECT_EQ(message_of([&] { DeviceCall call(model); }),
            "results in memory of a device need a model on a CUDA device; this one is on cpu: call predict()");
}

}  // namespace
}  // namespace keraunos
