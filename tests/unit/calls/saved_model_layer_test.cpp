// TFSMLayer: a layer that calls a function of a SavedModel. tests/data/saved_model_layer/make.py recorded the results.
#include <gtest/gtest.h>

#include "recorded.h"
#include "unit/expect_error.h"

namespace keraunos {
namespace {

std::filesystem::path folder() { return data_folder() / "saved_model_layer"; }

// Paths of SavedModels in the files count from here.
class SavedModelLayer : public testing::Test {
 protected:
  SavedModelLayer() { std::filesystem::current_path(folder()); }
  ~SavedModelLayer() override { std::filesystem::current_path(before_); }

  static LoadOptions trusting() { return {.safe_mode = false, .device = device_under_test(), .precision = Precision::float32}; }

  static void expect_recorded(const std::string& name) {
    const Model model = load_model(name + ".keras", trusting());
    const Named arrays = files::read_npz(name + ".npz");
    NamedViews inputs;
    std::vector<TensorView> expected;
    for (const auto& [key, array] : arrays) {
      if (key.starts_with("result_"))
        expected.push_back(array);
      else
        inputs.emplace_back(key, array);
    }
    const Named results = model.predict(inputs);
    ASSERT_EQ(results.size(), expected.size()) << name;
    for (size_t i = 0; i < results.size(); ++i) {
      ASSERT_EQ(results[i].second.dims(), expected[i].dims) << name;
      const auto* found = static_cast<const float*>(results[i].second.data());
      const auto* wanted = static_cast<const float*>(expected[i].data);
      for (int64_t k = 0; k < expected[i].dims.elements(); ++k) EXPECT_NEAR(found[k], wanted[k], 1e-6) << name << ' ' << i;
    }
  }

 private:
  std::filesystem::path before_ = std::filesystem::current_path();
};

TEST_F(SavedModelLayer, ComputesWhatKerasComputes) {
  for (const char* name : {"one_tensor", "by_signature", "many_results", "dictionary"}) expect_recorded(name);
}

TEST_F(SavedModelLayer, HasTheVariablesOfTheSavedModel) {
  const Model model = load_model("one_tensor.keras", trusting());
  EXPECT_EQ(model.get_layer("served").weights().size(), 8u);
  EXPECT_NE(model.summary().find("Trainable params: 34 (136.00 B)"), std::string::npos) << model.summary();
}

TEST_F(SavedModelLayer, IsRefusedUnderSafeMode) {
  expect_error<UnsupportedError>(
      [] { static_cast<void>(load_model("one_tensor.keras", {.device = device_under_test()})); },
      "layer \"served\" (TFSMLayer) computes a function of another file, which safe_mode does not open");
}

TEST_F(SavedModelLayer, NamesTheLayerAndTheFolderThatIsMissing) {
  std::filesystem::current_path(folder() / "one");
  expect_error<ModelError>(
      [] { static_cast<void>(load_model("../one_tensor.keras", trusting())); },
      "layer \"served\" (TFSMLayer) calls the function \"serve\" of the SavedModel \"one\", counted from the current folder");
}

TEST_F(SavedModelLayer, IsNotSaved) {
  const Model model = load_model("one_tensor.keras", trusting());
  const std::filesystem::path target = std::filesystem::temp_directory_path() / "keraunos_served.keras";
  expect_error<UnsupportedError>([&] { model.save(target); },
                                 "layer \"served\" (TFSMLayer) computes a function of another file, which is not copied");
  EXPECT_FALSE(std::filesystem::exists(target));
}

}  // namespace
}  // namespace keraunos
