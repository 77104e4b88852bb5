// How a call or a load fails when memory is missing or over the limit.
#include <gtest/gtest.h>

#include <new>

#include "altered.h"
#include "callers_stream.h"
#include "keraunos/session.h"
#include "recorded.h"

namespace keraunos {
namespace {

constexpr int64_t kFatal = 13;  // a number of rows for which memory is missing

// doc_example_k3, whose softmax throws bad_alloc while it is lowered for kFatal rows, in place of a container of the plan. It
// mixes rows, so that the plans of other numbers of rows do not give one for kFatal.
Model hungry_model() {
  LayerDef own{
      .classes = {"Softmax"}, .keys = {"axis"}, .weights = {}, .children = {}, .lower = [](Lowering& l) -> std::vector<Traced> {
        if (l.dim(l.input().value, 0).size == kFatal) throw std::bad_alloc();
        const int rows[] = {0};
        return {{l.subtract(l.input().value, l.reduce(Reduction::mean, l.input().value, rows, true)), {}}};
      }};
  CustomObjects custom;
  custom.replace("softmax", std::move(own));
  return load_model(case_folder("doc_example_k3") / "model.keras", {.custom_objects = custom, .device = device_under_test()});
}

const std::vector<Dims> kFatalShape{{kFatal, 3}};

TEST(NoMemory, IsSaidByWhateverPlans) {
  const Model model = hungry_model();
  Session session = model.session();
  expect_sentence(complaint_of<DeviceError>([&] { static_cast<void>(session.outputs_for(kFatalShape)); }),
                  {"not enough memory", "smaller batch"});
  expect_sentence(complaint_of<DeviceError>([&] { session.reserve(kFatalShape); }), {"not enough memory", "smaller batch"});
  expect_sentence(complaint_of<DeviceError>([&] { static_cast<void>(model.plan(kFatalShape)); }), {"not enough memory"});
  EXPECT_EQ(session.outputs_for(std::vector<Dims>{{2, 3}}).size(), 1u);
}

TEST(NoMemory, IsSaidByEnqueue) {
  if (device_under_test().kind == Device::cpu) GTEST_SKIP() << "the CPU has no streams";
  const Model model = hungry_model();
  Session session = model.session();
  const CallersStream stream;
  Tensor y(DType::float32, Dims{kFatal, 5});
  const Tensor x(DType::float32, Dims{kFatal, 3});
  const TensorView in[] = {x};
  const MutableView out[] = {y.mutable_view()};
  expect_sentence(complaint_of<DeviceError>([&] { session.enqueue(in, out, StreamRef(stream.get())); }),
                  {"not enough memory", "smaller"});
}

// The model as a folder, whose weights are read in place, so that no temporary allocation is as large as they are.
class MemoryLimit : public testing::Test {
 protected:
  MemoryLimit() {
    for (const auto& [name, text] : Archive(case_folder("conv2d_31_to_33_k3") / "model.keras").members) folder.write(name, text);
  }
  Model load(Precision precision, uint64_t max_bytes) const {
    return load_model(folder.path(), {.device = device_under_test(), .precision = precision, .max_bytes = max_bytes});
  }
  bool loads(Precision precision, uint64_t max_bytes) const {
    try {
      load(precision, max_bytes);
      return true;
    } catch (const ModelError& error) {
      EXPECT_NE(std::string(error.what()).find("max_bytes"), std::string::npos) << error.what();
      return false;
    }
  }
  uint64_t least_that_loads(Precision precision) const {
    uint64_t too_little = 0, enough = 1 << 24;
    while (enough - too_little > 1) {
      const uint64_t middle = (too_little + enough) / 2;
      (loads(precision, middle) ? enough : too_little) = middle;
    }
    return enough;
  }

  const Folder folder;
};

// A weight converted to another type takes memory that counts against the file's limit.
TEST_F(MemoryLimit, CountsCastsOfWeights) {
  const uint64_t enough = least_that_loads(Precision::bfloat16);
  EXPECT_TRUE(loads(Precision::as_saved, enough - 1));
  expect_sentence(complaint_of<ModelError>([&] { load(Precision::bfloat16, enough - 1); }),
                  {"(Conv2D): the weight \"", "\" as bfloat16 needs", "--max-bytes"});
}

}  // namespace
}  // namespace keraunos
