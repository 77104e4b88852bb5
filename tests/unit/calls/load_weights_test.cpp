// Model::load_weights: reads the weights of every kind of file into a model that has other weights.
#include <gtest/gtest.h>

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

}  // namespace
}  // namespace keraunos
