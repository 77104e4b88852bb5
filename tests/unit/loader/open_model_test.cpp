#include "loader/open_model.h"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "folders.h"
#include "keraunos/error.h"
#include "loader/files/zip.h"

namespace keraunos::loader {
namespace {

namespace fs = std::filesystem;

/// A temporary folder that is removed at the end.
class Folder {
 public:
  Folder()
      : path_(fs::temp_directory_path() /
              ("keraunos_open_" + std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()))) {
    fs::remove_all(path_);
    fs::create_directories(path_);
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  fs::path write(const std::string& name, std::string_view text) const {
    std::ofstream(path_ / name, std::ios::binary).write(text.data(), static_cast<std::streamsize>(text.size()));
    return path_ / name;
  }
  fs::path zip(const std::string& name, const std::vector<std::pair<std::string, std::string>>& members) const {
    files::ZipWriter writer((path_ / name).string());
    for (const auto& [member, text] : members) {
      std::vector<std::byte> bytes(text.size());
      if (!text.empty()) std::memcpy(bytes.data(), text.data(), text.size());
      writer.add(member, std::move(bytes));
    }
    writer.finish();
    return path_ / name;
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

void expect_refused(const fs::path& path, std::string_view words, const LoadOptions& options = {}) {
  try {
    open_model(path, options);
    ADD_FAILURE() << "nothing was thrown; expected: " << words;
  } catch (const ModelError& error) {
    EXPECT_NE(std::string_view(error.what()).find(words), std::string_view::npos) << error.what() << "\nexpected: " << words;
  }
}

std::string file_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

fs::path example(const std::string& name) { return cases_folder() / name / "model.keras"; }

TEST(OpenModel, SaysWhatAFileIsInstead) {
  const Folder folder;
  expect_refused(folder.path() / "missing.keras", "there is no file or folder");
  expect_refused(folder.write("empty.keras", ""), "is empty");
  expect_refused(folder.write("text.keras", "hello there"), "is no Keras model");
  expect_refused(folder.path(), "holds no config.json");
  expect_refused(folder.zip("other.zip", {{"a.txt", "x"}}), "holds no config.json");
  expect_refused(folder.zip("arrays.npz", {{"a.npy", "x"}}), "is a .npz of arrays");
  expect_refused(folder.write("graph.pb", "\x08\x01\x12"), "SavedModel");
  folder.write("saved_model.pb", "\x08\x01\x12");
  expect_refused(folder.path(), "saved_model.pb: damaged protocol buffer");
}

TEST(OpenModel, FollowsNoLinksInAFolder) {
  const Folder folder;
  const fs::path model = folder.path() / "model";
  fs::copy(cases_folder() / "doc_example_k3_folder" / "model", model, fs::copy_options::recursive);
  static_cast<void>(open_model(model, {}));
  for (const char* name : {"config.json", "metadata.json", "model.weights.h5"}) {
    fs::rename(model / name, folder.path() / name);
    fs::create_symlink(folder.path() / name, model / name);
    expect_refused(model, "is a symbolic link");
    fs::remove(model / name);
    fs::rename(folder.path() / name, model / name);
  }
}

TEST(OpenModel, JsonNeedsWeights) {
  const Folder folder;
  const std::string dense =
      R"({"class_name": "Sequential", "config": [{"class_name": "Dense", "config": {"name": "d", "units": 2, "batch_input_shape": [null, 3]}}]})";
  expect_refused(folder.write("arch.json", dense), "LoadOptions::weights");
  expect_refused(folder.write("list.json", "[1, 2]"), "no architecture");
  expect_refused(folder.write("broken.json", "{\"class_name\": "), "broken.json");
  LoadOptions options;
  options.weights = folder.write("weights.txt", "none");
  expect_refused(folder.path() / "arch.json", "is no HDF5 file", options);
  options.weights = folder.path() / "gone.h5";
  expect_refused(folder.path() / "arch.json", "gone.h5", options);
}

TEST(OpenModel, JsonMayBeQuotedOnceMore) {
  const Folder folder;
  const fs::path path = folder.write(
      "arch.json", R"("{\"class_name\": \"Sequential\", \"config\": [{\"class_name\": \"Activation\", )"
                   R"(\"config\": {\"name\": \"a\", \"activation\": \"relu\", \"batch_input_shape\": [null, 3]}}]}")");
  const auto model = open_model(path, {});
  EXPECT_EQ(model->inputs()[0].shape[1], 3);
}

TEST(OpenModel, WeightsAloneAreNoModel) { expect_refused(data_folder() / "keras" / "by_position.h5", "holds weights only"); }

TEST(OpenModel, PickledWeightsAreNeverRead) {
  const Folder folder;
  const files::ZipArchive archive(files::open_file(example("doc_example_k3").string()));
  expect_refused(folder.zip("npz.keras", {{"config.json", archive.read_text("config.json")}, {"model.weights.npz", "x"}}),
                 "pickles");
  expect_refused(folder.zip("bare.keras", {{"config.json", archive.read_text("config.json")}}), "no model.weights.h5");
}

TEST(OpenModel, ArchiveMayBeUnpackedPackedAgainOrInMemory) {
  const Folder folder;
  const std::string bytes = file_text(example("doc_example_k3"));
  const auto packed = open_model(folder.zip("outer.zip", {{"notes.txt", "x"}, {"inside/model.keras", bytes}}), {});
  EXPECT_EQ(packed->outputs()[0].name, "softmax");
  const auto in_memory = open_model(std::as_bytes(std::span(bytes)), {});
  EXPECT_EQ(in_memory->outputs()[0].name, "softmax");
  const files::ZipArchive archive(files::open_file(example("doc_example_k3").string()));
  for (const char* member : {"config.json", "metadata.json", "model.weights.h5"}) folder.write(member, archive.read_text(member));
  EXPECT_EQ(open_model(folder.path(), {})->outputs()[0].name, "softmax");
}

TEST(OpenModel, TruncationIsNoticed) {
  const Folder folder;
  const std::string bytes = file_text(example("doc_example_k3"));
  for (size_t size = 1; size < bytes.size(); size += 97) {
    EXPECT_THROW(open_model(folder.write("cut.keras", bytes.substr(0, size)), {}), ModelError) << size;
  }
  const std::string hdf5 = file_text(cases_folder() / "doc_example_k3_h5" / "model.h5");
  for (size_t size = 1; size < hdf5.size() - 1; size += 397) {
    EXPECT_THROW(open_model(folder.write("cut.h5", hdf5.substr(0, size)), {}), ModelError) << size;
  }
}

// fuzz_config found this: no layer is refused, but there is no model.
TEST(OpenModel, RootThatIsAnInputIsRefused) {
  const Folder folder;
  const fs::path file = folder.write(
      "input.json", R"({"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [null, 3], "dtype": "float32"}})");
  LoadOptions options;
  options.weights = example("doc_example_k3");
  expect_refused(file, "input.json: the config is no model but a layer of class InputLayer", options);
}

TEST(OpenModel, LimitOfBytesHolds) {
  LoadOptions options;
  options.max_bytes = 1000;
  expect_refused(example("doc_example_k3"), "max_bytes", options);
}

TEST(OpenModel, RootNamesLayersWithTheirWeights) {
  const auto model = open_model(example("doc_example_k3"), {});
  ASSERT_EQ(model->root().children.size(), 2u);
  EXPECT_EQ(model->root().children[0].path, "dense");
  ASSERT_EQ(model->root().children[0].weights.size(), 2u);
  EXPECT_EQ(model->root().children[0].weights[0].name, "kernel");
  EXPECT_EQ(model->root().children[0].weights[0].tensor->dims(), (Dims{3, 5}));
}

}  // namespace
}  // namespace keraunos::loader
