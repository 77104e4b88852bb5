// Valid models that cannot run: what the message about them states, what it must not state, and what is still known of them.
#include <gtest/gtest.h>

#include <algorithm>

#include "altered.h"
#include "folders.h"
#include "keraunos/keraunos.h"
#include "loader/keras/keras_model.h"
#include "loader/open_model.h"

namespace keraunos {
namespace {

namespace fs = std::filesystem;

fs::path refused_case(const std::string& name, const std::string& file = "model.keras") { return cases_folder() / name / file; }

UnsupportedError refusal_of(const fs::path& path, const CustomObjects& custom = {}) {
  try {
    static_cast<void>(load_model(path, {.custom_objects = custom, .device = Device{}}));
  } catch (const UnsupportedError& error) {
    return error;
  }
  ADD_FAILURE() << path << " was accepted";
  return {"", {}};
}

bool names(const UnsupportedError& error, const std::string& layer, const std::string& class_name) {
  return std::any_of(error.items.begin(), error.items.end(),
                     [&](const auto& item) { return item.layer == layer && item.class_name == class_name; });
}

std::string summary_of(const fs::path& path) {
  return loader::describe_model({.path = path, .options = {}, .synthetic_weights = {}})->summary(100);
}

const std::vector<std::string> kAllFormats{"k2", "k2_h5", "k3", "k3_h5"};

fs::path file_of(const std::string& name, const std::string& format) {
  return refused_case(name + '_' + format, format.ends_with("h5") ? "model.h5" : "model.keras");
}

// A wrapper around a layer that cannot run must not use that layer's results (REVIEW: SIGSEGV, a length error, or "not enough
// memory").
TEST(RefusedFile, HasWrappersOverWhatCannotRun) {
  for (const std::string& format : kAllFormats) {
    const UnsupportedError error = refusal_of(file_of("refuse_inside_wrappers", format));
    expect_sentence(error.what(), {"4 classes are not supported", "Shop>Wobble", "Shop>Wiggle", "Shop>Count", "Shop>Wander",
                                   "CustomObjects::layer", "hold Python code", "bend"});
    EXPECT_TRUE(names(error, "td_chain/chain/lambda_in_chain", "Lambda")) << format << ": " << error.what();
    EXPECT_TRUE(names(error, "td_custom/custom/custom_in_model", "Shop>Wobble")) << format << ": " << error.what();
    EXPECT_TRUE(names(error, "td_unknown/unknown/unit_in_chain", "Shop>Wander")) << format << ": " << error.what();
    EXPECT_TRUE(names(error, "two_results/lambda_in_model", "Lambda")) << format << ": " << error.what();
    const std::string table = summary_of(file_of("refuse_inside_wrappers", format));
    for (const char* word : {"td_chain", "rnn_stack", "two_results", "Not supported"})
      EXPECT_NE(table.find(word), std::string::npos) << word << '\n' << table;
  }
}

// The vocabularies are in the archive; that another layer cannot run does not change that.
TEST(RefusedFile, SaysNothingThatWasNotChecked) {
  for (const char* name : {"refuse_beside_lookups_k2", "refuse_beside_lookups_k3"}) {
    const UnsupportedError error = refusal_of(refused_case(name));
    EXPECT_EQ(error.items.size(), 1u) << error.what();
    EXPECT_EQ(std::string(error.what()).find("vocabulary"), std::string::npos) << error.what();
    expect_sentence(error.what(), {"Shop>Wander"});
  }
  // A weights file is not called damaged while its expected contents are unknown.
  Archive archive(refused_case("refuse_beside_lookups_k3"));
  const Folder folder;
  archive.members.erase("model.weights.h5");
  EXPECT_EQ(refusal_of(archive.write(folder)).items.size(), 1u);
}

TEST(RefusedFile, GroupsLayersByClass) {
  for (const std::string& format : kAllFormats) {
    const UnsupportedError error = refusal_of(file_of("refuse_many", format));
    EXPECT_EQ(error.items.size(), 19u) << error.what();
    EXPECT_TRUE(names(error, "block_3", "Shop>Wobble") && names(error, "unit13x", "Shop>Wander"));
    const std::string expected = "model." + std::string(format.ends_with("h5") ? "h5" : "keras") +
                                 " cannot run: 3 classes are not supported: Shop>Wobble (layers block_1 to block_4), "
                                 "Shop>Wander (a, b and 12 more), "
                                 "Shop>Wiggle (end); say what they compute with CustomObjects::layer";
    EXPECT_TRUE(std::string(error.what()).ends_with(expected)) << error.what();
  }
  const UnsupportedError one = refusal_of(refused_case("refuse_lambda_k3"));
  const std::string expected =
      "cannot run: layer doubled (Lambda) holds Python code, which safe_mode refuses in a .keras file, as Keras does; "
      "safe_mode=false (--safe-mode false) translates such code; say what it computes with CustomObjects::replace(\"doubled\", "
      "expression_layer(\"…\")) or --replace 'doubled=…'";
  EXPECT_TRUE(std::string(one.what()).ends_with(expected)) << one.what();
}

TEST(RefusedFile, IsAModelClassWithAComputationOfItsOwn) {
  expect_sentence(refusal_of(refused_case("refuse_own_model_k3")).what(),
                  {"layer \"own\" (Shop>Own)", "Python code that the file does not hold", "CustomObjects::layer"});
  // The keys of a subclass's config may change its computation.
  Archive archive(refused_case("topology_subclass_k3"));
  change(archive.config(), "\"input_layers\"", "\"alpha\": 2, \"input_layers\"");
  const Folder folder;
  expect_sentence(refusal_of(archive.write(folder)).what(), {"Mine>Trained", "\"alpha\"", "CustomObjects::layer"});
}

// A function that is mapped over a tensor is given by name: an activation, or a function that the caller registers. A lambda is
// given by its byte code.
TEST(RefusedFile, MapsAFunctionThatIsNotKnown) {
  Archive archive(refused_case("ops_map_k3"));
  const Folder folder;
  expect_sentence(refusal_of(archive.write(folder)).what(), {"Map", "\"Shop>centred\"", "CustomObjects::function"});
  change(archive.config(), "\"config\": \"Shop>centred\"", "\"config\": {\"value\": [\"4w==\", null, null]}");
  expect_sentence(refusal_of(archive.write(folder)).what(), {"Map", "Python code"});
}

// Known rows equal Keras's; the other rows state that they are unknown.
TEST(RefusedFile, HasASummary) {
  const std::string table = summary_of(refused_case("refuse_many_k3"));
  for (const char* word :
       {"block_1 (Wobble)", "unit13x", "Not supported, and not counted in the totals: block_1 to block_4, a", "\"?\""})
    EXPECT_NE(table.find(word), std::string::npos) << word << '\n' << table;
  const std::string json = summary_of(refused_case("doc_example_k3_json", "model.json"));
  EXPECT_EQ(json, load_model(refused_case("doc_example_k3"), {.device = Device{}}).summary(100));
}

TEST(RefusedFile, IsAPointerOfGitLfs) {
  const std::string pointer =
      "version https://git-lfs.github.com/spec/v1\noid "
      "sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";
  const Folder folder;
  const auto complains = [](const fs::path& path, LoadOptions options = {}) {
    options.device = Device{};
    expect_sentence(complaint_of<ModelError>([&] { static_cast<void>(load_model(path, options)); }),
                    {"Git LFS pointer", "git lfs pull"});
  };
  for (const char* name : {"model.keras", "model.h5", "model.json", "saved_model.pb"}) complains(folder.write(name, pointer));
  complains(refused_case("doc_example_k3_json", "model.json"), {.weights = folder.write("model.weights.h5", pointer)});
  expect_sentence(
      complaint_of<ModelError>([&] { static_cast<void>(load_model(std::as_bytes(std::span(pointer)), {.device = Device{}})); }),
      {"Git LFS pointer"});
  Archive archive(refused_case("doc_example_k3"));
  archive.members["model.weights.h5"] = pointer;
  complains(archive.write(folder));
  const Folder unpacked;
  for (const auto& [name, text] : archive.members) unpacked.write(name, text);
  complains(unpacked.path());
}

}  // namespace
}  // namespace keraunos
