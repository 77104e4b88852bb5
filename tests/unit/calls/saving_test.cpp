// Model::save. The test golden_saved checks the results of saved models: it saves and replays every recorded case.
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <future>
#include <iterator>

#include "loader/files/bytes.h"
#include "loader/files/json.h"
#include "loader/files/zip.h"
#include "loader/saving/operation_nodes.h"
#include "recorded.h"
#include "unit/expect_error.h"

namespace keraunos {
namespace {

class Saving : public testing::Test {
 protected:
  Saving() { std::filesystem::create_directories(folder_); }
  ~Saving() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path file(const std::string& name) const { return folder_ / name; }
  size_t files() const {
    return static_cast<size_t>(
        std::distance(std::filesystem::directory_iterator(folder_), std::filesystem::directory_iterator()));
  }

 private:
  std::filesystem::path folder_ = std::filesystem::temp_directory_path() / ("keraunos_saving_" + std::to_string(::getpid()));
};

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

files::Json member_of(const std::filesystem::path& archive, const std::string& name) {
  return files::Json::parse(files::ZipArchive(files::open_file(archive.string())).read_text(name), name);
}

TEST_F(Saving, GivesTheSameBytesEachTime) {
  for (const char* name : {"doc_example_k2_h5", "text_tf_idf_k3", "mha_k3"}) {
    const Model model = Recorded(name).load();
    model.save(file("a.keras")), model.save(file("b.keras"));
    EXPECT_EQ(bytes_of(file("a.keras")), bytes_of(file("b.keras"))) << name;
    load_for_test(file("a.keras")).save(file("c.keras"));
    EXPECT_EQ(bytes_of(file("a.keras")), bytes_of(file("c.keras"))) << name << ": saved again after it was read";
  }
  EXPECT_EQ(files(), 3u);
}

TEST_F(Saving, ToOnePathFromSeveralThreadsGivesAWholeFile) {
  const Model model = Recorded("mha_k3").load();
  model.save(file("alone.keras"));
  std::vector<std::future<void>> saves;
  for (int i = 0; i < 8; ++i) saves.push_back(std::async(std::launch::async, [&] { model.save(file("shared.keras")); }));
  for (std::future<void>& save : saves) EXPECT_NO_THROW(save.get());
  EXPECT_EQ(bytes_of(file("shared.keras")), bytes_of(file("alone.keras")));
  EXPECT_EQ(files(), 2u);
}

TEST_F(Saving, KeepsWhatAFileOfKeras3Says) {
  const Recorded recorded("evaluate_means_k3");
  const std::filesystem::path source = case_folder("evaluate_means_k3") / "model.keras";
  recorded.load().save(file("kept.keras"));
  EXPECT_EQ(member_of(source, "config.json"), member_of(file("kept.keras"), "config.json"));
  EXPECT_EQ(member_of(source, "metadata.json"), member_of(file("kept.keras"), "metadata.json"));
  EXPECT_TRUE(load_for_test(file("kept.keras")).compiled());
}

TEST_F(Saving, SaysHowAModelOfKeras2WasCompiled) {
  Recorded("evaluate_scheduled_k2_h5").load().save(file("compiled.keras"));
  const Model saved = load_for_test(file("compiled.keras"));
  ASSERT_TRUE(saved.optimizer());
  EXPECT_EQ(saved.optimizer()->class_name, Recorded("evaluate_scheduled_k2_h5").load().optimizer()->class_name);
  EXPECT_FALSE(saved.loss().empty());
}

TEST_F(Saving, ReplacesAFileAndLeavesNothingElse) {
  std::ofstream(file("model.keras")) << "something else";
  Recorded("doc_example_k2").load().save(file("model.keras"));
  EXPECT_EQ(load_for_test(file("model.keras")).outputs().size(), 1u);
  EXPECT_EQ(files(), 1u);
}

TEST_F(Saving, RefusesWhatKeras3DoesNotHave) {
  expect_error<UnsupportedError>([&] { Recorded("locally_connected1d_k2").load().save(file("a.keras")); },
                                 "cannot be saved for Keras 3: layer \"valid_1_last\" (LocallyConnected1D");
  expect_error<UnsupportedError>([&] { Recorded("lstm_time_major_k2").load().save(file("a.keras")); },
                                 "time_major=true has no counterpart in Keras 3");
  expect_error<UnsupportedError>([&] { Recorded("activations_k2").load().save(file("a.keras")); },
                                 "layer \"hard_sigmoid\" (Activation) would give other numbers in Keras 3");
  expect_error<UnsupportedError>([&] { Recorded("hashing_crossing_k2").load().save(file("a.keras")); },
                                 "layer \"three\" (HashedCrossing) needs two inputs, found 3");
  expect_error<UnsupportedError>([&] { Recorded("resizing_k2").load().save(file("a.keras")); }, "is not valid in Keras 3");
  expect_error<UnsupportedError>([&] { Recorded("node_axes_k2").load().save(file("a.keras")); },
                                 "is a node of a TensorFlow graph, which Keras 3 does not have");
  EXPECT_EQ(files(), 0u) << "a half-written file was left";
}

TEST_F(Saving, RefusesCallsThatItCannotFollow) {
  const Model model = Recorded("doc_example_k3").load();
  expect_error<UsageError>([&] { model.save(file("model.h5")); }, "give a name that ends with .keras");
  expect_error<UsageError>([&] { model.save(file("no_folder/model.keras")); }, "cannot write");
  expect_error<UsageError>([&] { model.with_outputs({model.layers().front().name()}).save(file("model.keras")); },
                           "this one was made by with_outputs()");
  EXPECT_EQ(files(), 0u);
}

// Keys without a meaning in Keras 3, whose constructors refuse them. That real Keras takes the files: tests/saving/with_keras.py.
TEST_F(Saving, LeavesOutKeysThatKeras3DoesNotTake) {
  const auto config_of = [&](const std::string& architecture) {
    const std::filesystem::path source = data_folder() / "saving" / architecture;
    golden::load_synthetic(source, {.device = device_under_test()}, 7).save(file("converted.keras"));
    return member_of(file("converted.keras"), "config.json").dump();
  };
  const std::string first = config_of("old_keys_keras1.json"), second = config_of("old_keys_keras2.json");
  EXPECT_EQ(first.find("L1L2Regularizer"), std::string::npos);
  for (const char* key : {"\"mode\"", "dropout_W", "input_length"}) EXPECT_EQ(first.find(key), std::string::npos) << key;
  for (const char* key : {"\"sparse\": true", "adjustment", "num_constants", "reverse_state_order", "\"causal\""})
    EXPECT_EQ(second.find(key), std::string::npos) << key;
  EXPECT_NE(second.find("use_causal_mask"), std::string::npos);
}

TEST(OperationModules, AreThoseOfKeras) {
  EXPECT_EQ(loader::module_of_operation("Add"), "keras.src.ops.numpy");
  EXPECT_EQ(loader::module_of_operation("Softmax"), "keras.src.ops.nn");
  EXPECT_EQ(loader::module_of_operation("Logsumexp"), "keras.src.ops.math");
  EXPECT_EQ(loader::module_of_operation("Resize"), "keras.src.ops.image");
}

}  // namespace
}  // namespace keraunos
