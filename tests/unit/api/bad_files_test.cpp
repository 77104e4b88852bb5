// Faulty files through the public API: each is refused in one sentence that names the file, the layer, what was expected, what
// was found and what to try, and no resources are leaked.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "altered.h"
#include "folders.h"
#include "keraunos/keraunos.h"
#include "unit/api/hdf5_edit.h"

namespace keraunos {
namespace {

namespace fs = std::filesystem;

fs::path of_case(const std::string& name, const std::string& file = "model.keras") { return cases_folder() / name / file; }

class BadFile : public testing::Test {
 protected:
  template <class E = ModelError>
  void refuses(const fs::path& path, const std::vector<std::string>& words, LoadOptions options = {}) {
    options.device = Device{};
    const std::string complaint = complaint_of<E>([&] { static_cast<void>(load_model(path, options)); });
    expect_sentence(complaint, words);
  }

  // The documentation example with its config changed.
  template <class E = ModelError>
  void refuses_config(std::string_view from, std::string_view to, std::vector<std::string> words,
                      const std::string& name = "doc_example_k3") {
    Archive archive(of_case(name));
    change(archive.config(), from, to);
    words.push_back("altered.keras");
    refuses<E>(archive.write(folder), words);
  }

  void refuses_weights(const std::function<std::string(const std::string&)>& edit, std::vector<std::string> words,
                       const std::string& name = "doc_example_k3") {
    Archive archive(of_case(name));
    archive.members["model.weights.h5"] = edit(archive.members["model.weights.h5"]);
    words.push_back("altered.keras");
    refuses(archive.write(folder), words);
  }

  const Folder folder;
};

TEST_F(BadFile, IsNotThere) { refuses(folder.path() / "gone.keras", {"gone.keras", "no file"}); }

TEST_F(BadFile, IsNoFile) {
  refuses(folder.path(), {folder.path().string(), "config.json", ".keras"});
  ASSERT_EQ(::mkfifo((folder.path() / "pipe").c_str(), 0600), 0);
  refuses(folder.path() / "pipe", {"pipe", "regular file"});
}

TEST_F(BadFile, IsNoModel) {
  refuses(folder.write("empty.keras", ""), {"empty.keras", "empty", "0 bytes"});
  refuses(folder.write("letter.keras", "Dear reader,"), {"letter.keras", "zip", "HDF5", "JSON"});
  refuses(folder.write("graph.pb", "\x08\x01\x12"), {"graph.pb", "SavedModel", ".keras"});
}

TEST_F(BadFile, IsATruncatedArchive) {
  const std::string whole = bytes_of_file(of_case("doc_example_k3"));
  for (const double part : {0.1, 0.5, 0.9, 0.999}) {
    refuses(folder.write("half.keras", whole.substr(0, static_cast<size_t>(part * static_cast<double>(whole.size())))),
            {"half.keras", "cut short", "again"});
  }
  const std::string inside = whole.substr(0, whole.size() / 2);
  const std::string complaint =
      complaint_of<ModelError>([&] { static_cast<void>(load_model(std::as_bytes(std::span(inside)), {.device = Device{}})); });
  expect_sentence(complaint, {"model in memory", "cut short"});
}

// A small archive whose directory states gigabytes.
TEST_F(BadFile, WouldUnpackToMoreThanAnyModel) {
  files::ZipWriter writer((folder.path() / "bomb.keras").string());
  writer.add("config.json", std::vector<std::byte>(5000, std::byte{' '}), true);
  writer.finish();
  std::string bytes = bytes_of_file(folder.path() / "bomb.keras");
  const size_t directory = bytes.rfind("PK\1\2");
  ASSERT_NE(directory, std::string::npos);
  const uint32_t promised = 0xF0000000;
  std::memcpy(bytes.data() + directory + 24, &promised, sizeof promised);
  refuses(folder.write("bomb.keras", bytes), {"bomb.keras", "config.json", "4026531840"});
  refuses(of_case("doc_example_k3"), {"model.keras", "LoadOptions::max_bytes"}, {.max_bytes = 1000});
}

TEST_F(BadFile, IsAWrongHdf5) {
  refuses(folder.write("other.h5", hdf5::of_somebody_else()), {"other.h5", "architecture", "LoadOptions::weights"});
  const std::string whole = bytes_of_file(of_case("doc_example_k2_h5", "model.h5"));
  refuses(folder.write("half.h5", whole.substr(0, whole.size() / 2)), {"half.h5", "cut short"});
  refuses(folder.write("head.h5", whole.substr(0, 64)), {"head.h5", "HDF5"});
  std::string noise = whole;
  std::fill(noise.begin() + 96, noise.end(), 'x');
  refuses(folder.write("noise.h5", noise), {"noise.h5"});
}

TEST_F(BadFile, HoldsJsonThatDoesNotParse) {
  Archive archive(of_case("doc_example_k3"));
  archive.config().resize(100);
  refuses(archive.write(folder), {"altered.keras/config.json", "JSON", "line 1", "column"});
  refuses_config("\"units\": 5", "\"units\": 5 5", {"config.json", "unexpected '5'", "line 1"});
  refuses(folder.write("model.json", "{\"class_name\": \"Sequential\", "), {"model.json", "JSON", "too early"});
  refuses(folder.write("list.json", "[1, 2]"), {"list.json", "architecture", "class_name"});
  refuses(folder.write("deep.json", std::string(100'000, '[')), {"deep.json", "200"});
  refuses(folder.write("latin.json", "{\"class_name\": \"\xE9t\xE9\"}"), {"latin.json", "UTF-8"});
}

// Keras 2.15 and 3.15 refuse these files too, and load them with compile=False.
TEST_F(BadFile, DoesNotSayHowItWasCompiled) {
  const LoadOptions without{.compile = false, .device = Device{}};
  for (const char* writer : {"2", "3"}) {
    const std::string whole = bytes_of_file(of_case(std::string("summary_optimizer_adam_k") + writer + "_h5", "model.h5"));
    for (const char* text : {"{\"loss\": ", "", "[]", "null", "3"}) {
      const fs::path file = folder.write("trained.h5", hdf5::with_attribute(whole, "training_config", text));
      refuses(file, {"trained.h5, training_config", "LoadOptions::compile = false", "--no-compile"});
      EXPECT_FALSE(load_model(file, without).summary().empty()) << text;
    }
    Archive archive(of_case(std::string("summary_optimizer_adam_k") + writer));
    change(archive.config(), "\"compile_config\": ", "\"compile_config\": \"adam\", \"was\": ");
    const fs::path file = archive.write(folder);
    refuses(file, {"altered.keras, compile_config", "an object", "LoadOptions::compile = false"});
    EXPECT_FALSE(load_model(file, without).summary().empty());
  }
}

TEST_F(BadFile, IsNoConfigOfAModel) {
  refuses_config("\"class_name\": \"Sequential\"", "\"class_name\": \"Dense\"", {"Dense"});
  refuses_config("\"layers\": [", "\"layers\": 3, \"rest\": [", {"sequential", "layers"});
  Archive archive(of_case("doc_example_k3"));
  archive.config() = "[]";
  refuses(archive.write(folder), {"altered.keras", "a list"});
}

TEST_F(BadFile, LacksItsWeights) {
  Archive archive(of_case("doc_example_k3"));
  archive.members.erase("model.weights.h5");
  refuses(archive.write(folder), {"altered.keras", "model.weights.h5"});
  archive.members["model.weights.npz"] = "x";
  refuses(archive.write(folder), {"altered.keras", "pickles", "save"});
  refuses_weights([](const std::string& h5) { return hdf5::without(h5, "layers/dense/vars/1"); },
                  {"dense", "2 weights (kernel, bias)", "holds 1"});
  refuses_weights([](const std::string& h5) { return hdf5::without(h5, "layers/dense"); },
                  {"dense", "2 weights", "does not exist"});
  refuses_weights([](const std::string& h5) { return hdf5::without(h5, "layers/functional/layers/dense/vars/0"); },
                  {"inner/inner_dense", "holds 1"}, "topology_nested_k3");
  refuses_weights([](const std::string&) { return hdf5::of_somebody_else(); }, {"model.weights.h5", "no weights"});
  refuses_weights([](const std::string&) { return std::string("not HDF5 at all"); }, {"model.weights.h5", "HDF5"});
  refuses(folder.write("old.h5", hdf5::without(bytes_of_file(of_case("doc_example_k2_h5", "model.h5")),
                                               "model_weights/dense/dense/bias:0")),
          {"old.h5", "layer \"dense\" (Dense)", "bias:0", "same model"});
  refuses(folder.write("none.h5", hdf5::without(bytes_of_file(of_case("doc_example_k2_h5", "model.h5")), "model_weights")),
          {"none.h5", "weights"});
}

TEST_F(BadFile, HasWeightsOfTheWrongShape) {
  refuses_config("\"units\": 5", "\"units\": 7", {"dense", "kernel", "(3, 7)", "(3, 5)"});
  refuses_config("\"units\": 5", "\"units\": 7", {"dense", "kernel", "(3, 7)", "(3, 5)"}, "doc_example_k2");
  refuses_weights(
      [](const std::string& h5) {
        return hdf5::with_shape(h5, "layers/dense/vars/0", {2, 5});
      },
      {"dense", "kernel", "(3, 5)", "(2, 5)"});
  refuses_weights([](const std::string& h5) { return hdf5::with_shape(h5, "layers/functional/layers/dense/vars/1", {9}); },
                  {"inner/inner_dense", "bias", "(4,)", "(9,)"}, "topology_nested_k3");
  refuses_weights([](const std::string& h5) { return hdf5::with_text(h5, "layers/dense/vars/1"); },
                  {"layer \"dense\" (Dense)", "layers/dense/vars/1", "numbers"});
  refuses(folder.write("old.h5", hdf5::with_shape(bytes_of_file(of_case("doc_example_k2_h5", "model.h5")),
                                                  "model_weights/dense/dense/kernel:0", {5, 3})),
          {"old.h5", "dense", "(3, 5)", "(5, 3)"});
}

// The model accepts four rows only: with all other numbers its reshape fails, which is not the error to report.
TEST_F(BadFile, HasWeightsOfTheWrongShapeForItsOnlyBatchSize) {
  refuses_config("\"units\": 2", "\"units\": 3", {"\"y\" (Dense)", "\"kernel\"", "(6, 3)", "(6, 2)", "same model"},
                 "batches_fixed_reshape_k3");
}

TEST_F(BadFile, NamesALayerThatIsNotKnown) {
  refuses_config<UnsupportedError>("\"class_name\": \"Dense\"", "\"class_name\": \"Dnse\"",
                                   {"1 class is not supported: Dnse (layer dense)", "CustomObjects::layer"});
  Archive archive(of_case("topology_nested_k3"));
  change(archive.config(), "\"class_name\": \"BatchNormalization\"", "\"class_name\": \"Mystery\"");
  change(archive.config(), "\"class_name\": \"Dense\"", "\"class_name\": \"Puzzle\"");
  refuses<UnsupportedError>(archive.write(folder),
                            {"altered.keras", "2 classes are not supported", "Puzzle (layer first)", "Mystery (inner/"});
}

TEST_F(BadFile, HasAConfigKeyThatIsNotKnown) {
  refuses_config("\"units\": 5", "\"units\": 5, \"unitz\": 5", {"dense", "Dense", "unitz"});
  refuses_config("\"units\": 5, ", "", {"dense", "Dense", "units"});
}

TEST_F(BadFile, HasAConfigValueThatMakesNoSense) {
  refuses_config("\"units\": 5", "\"units\": \"five\"", {"dense", "units", "five"});
  refuses_config("\"units\": 5", "\"units\": -5", {"dense", "-5"});
  refuses_config("\"units\": 5", "\"units\": 5000000000000", {"dense", "5000000000000"});
  refuses_config("\"activation\": \"linear\"", "\"activation\": \"linnear\"",
                 {"dense", "activation", "linnear", "CustomObjects::function"});
  refuses_config("\"axis\": -1", "\"axis\": 7", {"softmax", "7"});
  refuses_config("\"batch_shape\": [null, 3]", "\"batch_shape\": [null, -3]", {"input_layer", "-3"});
  refuses_config("\"batch_shape\": [null, 3]", "\"batch_shape\": [null, 4]", {"dense", "(4, 5)", "(3, 5)"});
}

TEST_F(BadFile, HasALambda) {
  for (const char* name : {"refuse_lambda_k2", "refuse_lambda_k3"}) {
    refuses<UnsupportedError>(of_case(name), {name, "Lambda", "Python", "CustomObjects::replace"});
  }
  refuses<UnsupportedError>(of_case("refuse_lambda_loop_k2_h5", "model.h5"), {"model.h5", "Lambda", "CustomObjects::replace"});
}

TEST_F(BadFile, HasAGraphThatCannotBe) {
  refuses_config("\"keras_history\": [\"x\", 0, 0]", "\"keras_history\": [\"q\", 0, 0]", {"\"q\"", "does not have"},
                 "topology_nested_k3");
  refuses_config("\"keras_history\": [\"x\", 0, 0]", "\"keras_history\": [\"x\", 5, 0]", {"\"x\"", "5"}, "topology_nested_k3");
  refuses_config("\"keras_history\": [\"x\", 0, 0]", "\"keras_history\": [\"first\", 0, 0]", {"first", "loop"},
                 "topology_nested_k3");
  refuses_config("\"name\": \"softmax\"", "\"name\": \"dense\"", {"\"dense\"", "two layers"});
}

TEST_F(BadFile, IsGivenAsWeightsOfAnother) {
  const fs::path json = of_case("doc_example_k3_json", "model.json");
  refuses(json, {"model.json", "LoadOptions::weights"});
  refuses(json, {"gone.h5", "No such file"}, {.weights = folder.path() / "gone.h5"});
  refuses(json, {"note.h5", "HDF5"}, {.weights = folder.write("note.h5", "hello")});
  refuses(json, {"model.h5", "layer"}, {.weights = of_case("lstm_encoder_decoder_k2_h5", "model.h5")});
}

TEST_F(BadFile, IsFineButTheOptionsAreNot) {
  const std::string no_gpu = complaint_of<DeviceError>(
      [&] { static_cast<void>(load_model(of_case("doc_example_k3"), {.device = Device{.kind = Device::cuda}})); });
  expect_sentence(no_gpu, {"CUDA", "cpu"});
  refuses<UsageError>(of_case("doc_example_k3"), {"threads", "-1"}, {.threads = -1});
}

}  // namespace
}  // namespace keraunos
