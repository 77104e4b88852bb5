// Model::optimizer_variables, and what save() keeps of them. For files of Keras 2: as tests/saving/record_optimizers.py recorded
// them from its optimizers; that real Keras 3 takes them is checked by tests/saving/with_keras.py.
#include <gtest/gtest.h>
#include <unistd.h>

#include "altered.h"
#include "recorded.h"
#include "unit/expect_error.h"

namespace keraunos {
namespace {

class OptimizerVariables : public testing::Test {
 protected:
  OptimizerVariables() { std::filesystem::create_directories(folder_); }
  ~OptimizerVariables() override { std::filesystem::remove_all(folder_); }

  Named kept_of(const Model& model) {
    const std::filesystem::path file = folder_ / "model.keras";
    model.save(file, {.warning = [this](const std::string& sentence) { warnings_.push_back(sentence); }});
    return load_for_test(file).optimizer_variables();
  }

  std::vector<std::string> warnings_;

 private:
  std::filesystem::path folder_ = std::filesystem::temp_directory_path() / ("keraunos_optimizer_" + std::to_string(::getpid()));
};

void expect_equal(const Named& given, const Named& expected, const std::string& what) {
  ASSERT_EQ(given.size(), expected.size()) << what;
  for (size_t i = 0; i < given.size(); ++i)
    EXPECT_TRUE(same(given[i].second, expected[std::to_string(i)])) << what << ", variable " << i;
}

TEST_F(OptimizerVariables, OfKeras2ComeInTheOrderOfKeras3) {
  const std::pair<std::string, std::string> files[] = {
      {"adam", ".keras"},  {"rmsprop", ".keras"},    {"sgd", ".keras"},       {"legacy_adam", ".h5"},
      {"nadam", ".keras"}, {"average", ".h5"},       {"saved_model", ""},     {"legacy_nadam", ".h5"},
      {"scaled", ".h5"},   {"scaled_legacy", ".h5"}, {"scaled_fixed", ".h5"}, {"scaled_saved_model", ""}};
  for (const auto& [name, suffix] : files) {
    const std::filesystem::path folder = data_folder() / "saving/optimizers";
    const Model model = load_for_test(folder / (name + suffix));
    EXPECT_GT(model.optimizer_variables().size(), 0u);
    expect_equal(kept_of(model), files::read_npz((folder / (name + ".npz")).string()), name);
  }
  EXPECT_TRUE(warnings_.empty()) << warnings_.front();
}

TEST_F(OptimizerVariables, OfKeras3StayAsTheyAre) {
  for (const char* name :
       {"summary_optimizer_rmsprop_k3_deflated", "summary_optimizer_scaled_k3_deflated", "ages_trained_k3_12_h5"}) {
    const Model model = Recorded(name).load();
    const Named given = kept_of(model), expected = model.optimizer_variables();
    ASSERT_GT(expected.size(), 2u) << name;
    ASSERT_EQ(given.size(), expected.size()) << name;
    for (size_t i = 0; i < given.size(); ++i) EXPECT_TRUE(same(given[i].second, expected[i].second)) << name << ' ' << i;
  }
  EXPECT_TRUE(warnings_.empty()) << warnings_.front();
  EXPECT_TRUE(Recorded("lstm_k3").load().optimizer_variables().empty());
}

// With moving averages of the weights and sums of gradients.
TEST_F(OptimizerVariables, OfWeightsInSeveralFilesAreRead) {
  const std::filesystem::path folder = data_folder() / "saving/optimizer_shards";
  const Model model = load_model(folder / "model.keras", {.device = Device{}, .weights = folder / "shards.weights.json"});
  const Named expected = files::read_npz((folder / "shards.npz").string());
  expect_equal(model.optimizer_variables(), expected, "read");
  expect_equal(kept_of(model), expected, "saved");
  EXPECT_TRUE(warnings_.empty()) << warnings_.front();
}

// A momentum of 1 would take the steps that the file counts, one by one.
TEST_F(OptimizerVariables, OfANadamWithoutDecayAreLeftOut) {
  Archive archive(data_folder() / "saving/optimizers/nadam.keras");
  change(archive.config(), "\"beta_1\": 0.9", "\"beta_1\": 1.0");
  const Folder folder;
  EXPECT_TRUE(kept_of(load_for_test(archive.write(folder))).empty());
  ASSERT_EQ(warnings_.size(), 1u);
  EXPECT_EQ(warnings_[0], "the variables of the optimizer are left out: its beta_1 is not at least 0 and below 1");
}

// Keras 3 has no Nadam whose momenta change as slowly as by default in Keras 2.10.
TEST_F(OptimizerVariables, OfALegacyNadamWithAnotherDecayAreLeftOut) {
  std::string bytes = bytes_of_file(data_folder() / "saving/optimizers/legacy_nadam.h5");
  change(bytes, "\"decay\": 1.0", "\"decay\": 0.5");
  const Folder folder;
  EXPECT_TRUE(kept_of(load_for_test(folder.write("nadam.h5", bytes))).empty());
  ASSERT_EQ(warnings_.size(), 1u);
  EXPECT_EQ(warnings_[0], "the variables of the optimizer are left out: a Nadam of this config keeps other variables in Keras 3");
}

TEST_F(OptimizerVariables, LeftOutAreNamed) {
  const Model model = load_for_test(data_folder() / "saving/optimizers/adam.keras");
  const std::filesystem::path file =
      std::filesystem::temp_directory_path() / ("keraunos_" + std::to_string(::getpid()) + ".keras");
  model.save(file,
             {.quantize = Quantization::int8, .warning = [this](const std::string& sentence) { warnings_.push_back(sentence); }});
  EXPECT_TRUE(load_for_test(file).optimizer_variables().empty());
  std::filesystem::remove(file);
  ASSERT_EQ(warnings_.size(), 1u);
  EXPECT_EQ(warnings_[0], "the variables of the optimizer are left out: their layers are quantised");
}

}  // namespace
}  // namespace keraunos
