// Model::load_weights: reads the weights of every kind of file into a model that has other weights.
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "recorded.h"
#include "unit/expect_error.h"

namespace keraunos {
namespace {

struct Weights {
  std::string name, layers;  // a case with the layers
  std::string file;          // below tests/cases
};

class LoadWeights : public testing::TestWithParam<Weights> {};

golden::Case case_of(const std::string& name) { return golden::Case::read(case_folder(name)); }

LoadOptions strict_options() { return {.device = device_under_test(), .precision = Precision::float32}; }

TEST_P(LoadWeights, GivesWhatTheFileHolds) {
  const Recorded recorded(GetParam().layers);
  const golden::Case golden = case_of(GetParam().layers);
  const Model made_up = golden::load_synthetic(golden.model, strict_options(), 7);
  LoadOptions options = strict_options();
  options.weights = golden.weights;
  const Model expected = load_model(golden.model, options);
  const NamedViews inputs = recorded.inputs(expected, recorded.rows());
  const Named before = made_up.predict(inputs);
  const Model loaded = made_up.load_weights(cases_folder() / GetParam().file);
  EXPECT_TRUE(same(loaded.predict(inputs), expected.predict(inputs)));
  EXPECT_TRUE(same(made_up.predict(inputs), before)) << "the model itself changed";
  EXPECT_FALSE(same(before, expected.predict(inputs))) << "the test's two models are equal";
}

INSTANTIATE_TEST_SUITE_P(Files, LoadWeights,
                         testing::Values(Weights{"legacy_hdf5", "doc_example_k2_json", "doc_example_k2_json/weights.h5"},
                                         Weights{"weights_h5", "doc_example_k3_json", "doc_example_k3_json/model.weights.h5"},
                                         Weights{"checkpoint", "doc_example_k2_checkpoint",
                                                 "doc_example_k2_checkpoint/weights/model"},
                                         Weights{"archive", "doc_example_k3", "doc_example_k3/model.keras"},
                                         Weights{"model_hdf5", "doc_example_k2_h5", "doc_example_k2_h5/model.h5"},
                                         Weights{"saved_model", "doc_example_k2_tf", "doc_example_k2_tf/model"}),
                         [](const auto& test) { return test.param.name; });

TEST(LoadWeights, KeepsVocabularies) {
  const Recorded recorded("text_int_k3");
  const Model model = recorded.load();
  const NamedViews inputs = recorded.inputs(model, recorded.rows());
  const Model again = model.load_weights(case_folder("text_int_k3") / "model.keras");
  EXPECT_TRUE(same(again.predict(inputs), model.predict(inputs)));
}

TEST(LoadWeights, IsRefusedForOtherLayers) {
  const Model model = Recorded("doc_example_k3").load();
  expect_error<ModelError>([&] { return model.load_weights(case_folder("lstm_k3") / "model.keras"); },
                           "were config and weights written by the same model?");
  expect_error<ModelError>([&] { return model.load_weights("nothing.weights.h5"); }, "nothing.weights.h5");
  expect_error<ModelError>([&] { return model.load_weights(case_folder("doc_example_k3") / "case.json"); }, "is no HDF5 file");
  expect_error<UsageError>([&] { return model.with_outputs({"dense"}).load_weights("model.weights.h5"); },
                           "this one was made by with_outputs()");
}

// With options, and from several files: as real Keras 3.15 does (tests/saving/record_load_weights.py).
class LoadWeightsOf : public testing::Test {
 protected:
  static std::filesystem::path file(const std::string& name) { return data_folder() / "saving/load_weights" / name; }
  Model loaded(const std::string& name, LoadWeightsOptions options) {
    options.warning = [this](const std::string& sentence) { warnings_.push_back(sentence); };
    return model_.load_weights(file(name), options);
  }
  void expect_predicts(const Model& model, const char* expected) const {
    const Tensor given = model.predict(arrays_["x"]);
    const std::span<const float> numbers = given.values<float>(), others = arrays_[expected].values<float>();
    ASSERT_EQ(numbers.size(), others.size());
    for (size_t i = 0; i < numbers.size(); ++i) EXPECT_NEAR(numbers[i], others[i], 1e-6) << expected << ' ' << i;
  }

  const Named arrays_ = files::read_npz(file("predictions.npz").string());
  const Model model_ = load_for_test(file("model.keras"));
  std::vector<std::string> warnings_;
};

TEST_F(LoadWeightsOf, OtherShapesKeepsWhatDoesNotFit) {
  expect_predicts(model_, "before");
  expect_predicts(loaded("wider.weights.h5", {.skip_mismatch = true}), "skip_archive");
  ASSERT_EQ(warnings_.size(), 2u);
  EXPECT_NE(warnings_[0].find("layer \"two\" (Dense) keeps weights that it had"), std::string::npos) << warnings_[0];
  warnings_.clear();
  expect_predicts(loaded("wider.h5", {.skip_mismatch = true}), "skip_legacy");
  EXPECT_EQ(warnings_.size(), 3u) << "two of layer two, one of layer three";
  expect_predicts(model_, "before");
  expect_error<ModelError>([&] { return loaded("wider.h5", {}); }, "kernel");
}

TEST_F(LoadWeightsOf, LayersByTheirNames) {
  expect_predicts(loaded("named.h5", {.by_name = true, .skip_mismatch = true}), "by_name");
  ASSERT_EQ(warnings_.size(), 1u);
  EXPECT_NE(warnings_[0].find("layer \"three\""), std::string::npos) << warnings_[0];
  expect_error<ModelError>([&] { return loaded("named.h5", {.by_name = true}); }, "the file holds 1 in group \"three\"");
  expect_error<UsageError>([&] { return loaded("wider.weights.h5", {.by_name = true}); }, "by_name is for legacy HDF5 files");
  expect_error<UsageError>([&] { return loaded("shards.weights.json", {.by_name = true}); }, "by_name is for legacy HDF5 files");
  const std::filesystem::path checkpoint = case_folder("doc_example_k2_checkpoint") / "weights/model";
  expect_error<UsageError>([&] { return model_.load_weights(checkpoint, {.by_name = true}); }, "is a checkpoint of TensorFlow");
}

TEST_F(LoadWeightsOf, SeveralFiles) {
  expect_predicts(loaded("shards.weights.json", {}), "shards");
  expect_predicts(loaded("shards.weights.json", {.skip_mismatch = true}), "shards");
  EXPECT_TRUE(warnings_.empty());
  LoadOptions options = strict_options();
  options.weights = file("shards.weights.json");
  expect_predicts(load_model(file("model.keras"), options), "shards");
}

TEST_F(LoadWeightsOf, MalformedListsOfFiles) {
  const std::filesystem::path folder = std::filesystem::temp_directory_path() / ("keraunos_shards_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const auto refused = [&](const std::string& text, const std::string& message) {
    std::ofstream(folder / "a.weights.json") << text;
    expect_error<ModelError>([&] { return model_.load_weights(folder / "a.weights.json"); }, message);
  };
  refused("{", "a.weights.json");
  refused("[]", "has no \"weight_map\"");
  refused(R"({"weight_map": {}})", "names no file");
  refused(R"({"weight_map": {"/layers/dense/vars": 3}})", "should name files, found an integer");
  refused(R"({"weight_map": {"/layers/dense/vars": ["../other.h5"]}})", "should name files beside it, found \"../other.h5\"");
  refused(R"({"weight_map": {"/layers/dense/vars": "a.weights.json"}})", "is no HDF5 file");
  refused(R"({"weight_map": {"/layers/dense/vars": "none.weights.h5"}})", "none.weights.h5");
  for (const char* name : {"one.h5", "two.h5"}) std::filesystem::copy(file("shards_00000.weights.h5"), folder / name);
  refused(R"({"weight_map": {"/a": "one.h5", "/b": "two.h5"}})", "is in ");
  std::filesystem::remove_all(folder);
}

// An architecture in YAML with weights by the order and by the names of its layers.
TEST(LoadWeights, BesideYaml) {
  const std::filesystem::path file = data_folder() / "saving/yaml/doc_example_k2_json.flow.yaml";
  const Recorded recorded("doc_example_k2_json");
  LoadOptions options = strict_options();
  options.weights = case_folder("doc_example_k2_json") / "weights.h5";
  const Model expected = load_model(case_of("doc_example_k2_json").model, options), model = load_model(file, options);
  const NamedViews inputs = recorded.inputs(expected, recorded.rows());
  EXPECT_TRUE(same(model.predict(inputs), expected.predict(inputs)));
  const Model by_name = golden::load_synthetic(file, strict_options(), 7).load_weights(options.weights, {.by_name = true});
  EXPECT_TRUE(same(by_name.predict(inputs), expected.predict(inputs)));
  expect_error<ModelError>([&] { return load_model(file, strict_options()); }, "is an architecture without weights");
  const std::string other = "class_name: Sequential\nconfg: []\n";
  expect_error<ModelError>([&] { return load_model(std::as_bytes(std::span(other)), strict_options()); },
                           "is YAML, but no architecture of a model");
}

}  // namespace
}  // namespace keraunos
