// Recorded SavedModels in both ways: the layers that Keras's metadata describe, and the function of the signature.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>

#include "keraunos/error.h"
#include "recorded.h"

namespace keraunos {
namespace {

namespace fs = std::filesystem;

// Why a model cannot be read in both ways; the message has these words.
std::map<std::string, std::string> reasons() {
  std::map<std::string, std::string> all;
  std::ifstream text(data_folder() / "keras" / "one_way.txt");
  for (std::string line; std::getline(text, line);) {
    const size_t colon = line.find(": ");
    if (colon != std::string::npos && line[0] != '#') all[line.substr(0, colon)] = line.substr(colon + 2);
  }
  return all;
}

double value_at(const Tensor& tensor, int64_t i) {
  const auto at = static_cast<size_t>(i);
  switch (tensor.dtype()) {
    case DType::float32: return tensor.values<float>()[at];
    case DType::float64: return tensor.values<double>()[at];
    case DType::int64: return static_cast<double>(tensor.values<int64_t>()[at]);
    case DType::int32: return tensor.values<int32_t>()[at];
    default: return 0;
  }
}

void expect_close(const Tensor& a, const Tensor& b, const golden::Case& golden, const std::string& what) {
  ASSERT_EQ(a.dims(), b.dims()) << what;
  ASSERT_EQ(a.dtype(), b.dtype()) << what;
  if (a.dtype() == DType::string || a.dtype() == DType::float16) {
    EXPECT_TRUE(same(a, b)) << what;
    return;
  }
  const double rtol = golden.rtol > 1e-4 ? golden.rtol : 1e-5;  // models that compute in 16 bits have a larger one
  for (int64_t i = 0; i < a.dims().elements(); ++i) {
    const double x = value_at(a, i), y = value_at(b, i);
    if (std::isnan(x) && std::isnan(y)) continue;
    ASSERT_LE(std::abs(x - y), golden.atol + rtol * std::abs(x)) << what << " at " << i;
  }
}

const Tensor& named(const Named& all, const std::string& name, size_t position) {
  for (const auto& [own, tensor] : all) {
    if (own == name) return tensor;
  }
  return all.at(position).second;
}

void compare(const std::string& name, const golden::Case& golden) {
  LoadOptions options{.device = device_under_test(), .precision = Precision::float32};
  if (!golden.recipe.empty()) options.custom_objects.recipe(golden.recipe);
  const Model layers = load_model(golden.model, options);
  ASSERT_GE(layers.layers().size(), 1U) << name;
  if (layers.layers()[0].class_name() == "TensorFlowFunction")
    throw ModelError("its layers are refused, and it is computed by its function");
  options.signature = "serving_default";
  const Model function = load_model(golden.model, options);
  ASSERT_EQ(function.layers()[0].class_name(), "TensorFlowFunction") << name;
  const Recorded recorded(name);
  const int64_t rows = recorded.rows();
  const Named expected = layers.predict(recorded.inputs(layers, rows)), found = function.predict(recorded.inputs(function, rows));
  ASSERT_EQ(expected.size(), found.size()) << name;
  for (size_t i = 0; i < expected.size(); ++i)
    expect_close(expected[i].second, named(found, expected[i].first, i), golden, name + ", output " + expected[i].first);
}

TEST(BothWays, GiveEqualResults) {
  std::map<std::string, std::string> one_way = reasons();
  size_t compared = 0;
  for (const auto& entry : fs::directory_iterator(cases_folder())) {
    if (!fs::exists(entry.path() / "model" / "keras_metadata.pb")) continue;
    const std::string name = entry.path().filename().string();
    const auto listed = one_way.find(name);
    const golden::Case golden = golden::Case::read(entry.path());
    if (listed == one_way.end()) {
      EXPECT_NO_THROW(compare(name, golden)) << name;
      ++compared;
      continue;
    }
    std::string message = "both ways work";
    try {
      compare(name, golden);
    } catch (const Error& error) {
      message = error.what();
    }
    EXPECT_NE(message.find(listed->second), std::string::npos) << name << ": " << message << "\nexpected: " << listed->second;
    one_way.erase(listed);
  }
  EXPECT_GE(compared, 19U);
  for (const auto& [name, reason] : one_way)
    ADD_FAILURE() << "one_way.txt names " << name << ", which is no SavedModel of tests/cases";
}

}  // namespace
}  // namespace keraunos
