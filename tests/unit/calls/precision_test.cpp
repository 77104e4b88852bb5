// The load option `precision`: a float32 model loaded in 16 bits computes like Keras's model with the mixed policy, whose
// recordings are replayed elsewhere.
#include <gtest/gtest.h>

#include <cstring>

#include "altered.h"
#include "golden/golden.h"
#include "host/graph/graph.h"
#include "recorded.h"

namespace keraunos {
namespace {

// A case that was saved with a mixed policy, changed to float32.
std::string as_float32(std::string config, const std::string& policy) {
  for (size_t at = config.find(policy); at != std::string::npos; at = config.find(policy, at))
    config.replace(at, policy.size(), "float32");
  return config;
}

Tensor predicted(const Recorded& recorded, const std::filesystem::path& file, Precision precision) {
  const Model model = load_model(file, {.device = device_under_test(), .precision = precision});
  return model.predict(recorded.inputs(model, recorded.rows())).at(0).second.clone();
}

class Precisions : public testing::TestWithParam<std::tuple<const char*, const char*, Precision>> {};

TEST_P(Precisions, AModelInSixteenBitsIsTheOneOfTheMixedPolicy) {
  const auto& [name, policy, precision] = GetParam();
  const Recorded recorded(name);
  Archive archive(case_folder(name) / "model.keras");
  archive.config() = as_float32(archive.config(), policy);
  const Folder folder;
  const std::filesystem::path plain = archive.write(folder);
  const Tensor mixed = predicted(recorded, case_folder(name) / "model.keras", Precision::as_saved);
  const Tensor reduced = predicted(recorded, plain, precision), full = predicted(recorded, plain, Precision::as_saved);
  ASSERT_EQ(reduced.dtype(), DType::float32);
  ASSERT_EQ(reduced.dims(), mixed.dims());
  bool differs = false;
  for (int64_t i = 0; i < reduced.dims().elements(); ++i) {
    const auto at = static_cast<size_t>(i);
    const float expected = mixed.dtype() == DType::float16    ? static_cast<float>(mixed.values<float16>()[at])
                           : mixed.dtype() == DType::bfloat16 ? static_cast<float>(mixed.values<bfloat16>()[at])
                                                              : mixed.values<float>()[at];
    EXPECT_EQ(reduced.values<float>()[at], expected) << "element " << i;
    differs = differs || full.values<float>()[at] != expected;
  }
  EXPECT_TRUE(differs) << "float32 gives the same: the option does nothing here";
}

INSTANTIATE_TEST_SUITE_P(Policies, Precisions,
                         testing::Values(std::tuple{"mixed_float16_dense_k2", "mixed_float16", Precision::float16},
                                         std::tuple{"mixed_float16_dense_k3", "mixed_float16", Precision::float16},
                                         std::tuple{"mixed_bfloat16_dense_k3", "mixed_bfloat16", Precision::bfloat16},
                                         std::tuple{"mixed_float16_sequence_k3", "mixed_float16", Precision::float16}));

TEST(Precision, LayersOfTheCallersStayInFloat32) {
  std::vector<DType> given;
  LayerDef own{
      .classes = {"Softmax"}, .keys = {"axis"}, .weights = {}, .children = {}, .lower = [&](Lowering& l) -> std::vector<Traced> {
        given.push_back(l.dtype(l.input().value));
        return {{l.unary(Function::negate, l.input().value), {}}};
      }};
  CustomObjects custom;
  custom.replace("softmax", std::move(own));
  const Model model = load_model(case_folder("doc_example_k3") / "model.keras",
                                 {.custom_objects = custom, .device = device_under_test(), .precision = Precision::bfloat16});
  ASSERT_FALSE(given.empty());
  for (DType type : given) EXPECT_EQ(type, DType::float32);
}

// x (64, 64) times a matrix, large enough for cuBLASLt.
Tensor product_of_matrices(bool full_precision, Precision precision) {
  constexpr int64_t kSize = 64;
  std::vector<float> numbers(static_cast<size_t>(kSize * kSize));
  for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<float>(i * 7919 % 1013) / 1013.0f;
  CustomObjects custom;
  custom.layer(
      {.classes = {"Product"}, .keys = {}, .weights = {}, .children = {}, .lower = [&](Lowering& l) -> std::vector<Traced> {
         const Value matrix = l.constant(TensorView(numbers, Dims{kSize, kSize}));
         const host::MatMul op{.full_precision = full_precision};
         return {{host::graph_of(l).add(op, {l.input().value, matrix})[0], {}}};
       }});
  const Folder folder;
  const auto file = folder.write(
      "model.json", R"({"class_name": "Sequential", "keras_version": "3.15.1", "config": {"name": "model", "layers": [
      {"class_name": "InputLayer", "config": {"batch_shape": [null, 64], "dtype": "float32", "name": "in"}},
      {"class_name": "Product", "config": {"name": "product"}}]}})");
  const LoadOptions options{.custom_objects = custom, .device = device_under_test(), .precision = precision};
  return golden::load_synthetic(file, options, 1).predict({numbers, {kSize, kSize}}).clone();
}

// Fourier transforms are such products: Keras's own transforms on a GPU do not round their operands.
TEST(Precision, AProductInFullPrecisionDoesNotUseTf32) {
  if (device_under_test().kind == Device::cpu) GTEST_SKIP() << "a CPU has no TF32";
  const Tensor exact = product_of_matrices(false, Precision::float32);
  const auto equals = [&](const Tensor& y) {
    return std::memcmp(exact.data(), y.data(), static_cast<size_t>(exact.bytes())) == 0;
  };
  EXPECT_TRUE(equals(product_of_matrices(true, Precision::tf32)));
  EXPECT_FALSE(equals(product_of_matrices(false, Precision::tf32))) << "TF32 changes nothing here";
}

TEST(Precision, AnOutputInTheMiddleKeepsItsType) {
  const Recorded recorded("doc_example_k3");
  const Model model = load_model(case_folder("doc_example_k3") / "model.keras",
                                 {.device = device_under_test(), .precision = Precision::bfloat16});
  const Model middle = model.with_outputs({model.layers().front().name()});
  EXPECT_EQ(middle.outputs().at(0).dtype, DType::float32);
  EXPECT_EQ(middle.predict(recorded.inputs(middle, 2)).at(0).second.dtype(), DType::float32);
}

}  // namespace
}  // namespace keraunos
