// SavedModel folders that are damaged or lack a part, and checkpoints alone.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "altered.h"
#include "folders.h"
#include "keraunos/error.h"
#include "keraunos/model.h"
#include "loader/files/crc32c.h"
#include "loader/files/sorted_table.h"
#include "loader/open_model.h"
#include "loader/tf/tensor_bundle.h"
#include "predict_once.h"
#include "sanitized.h"

namespace keraunos::loader {
namespace {

namespace fs = std::filesystem;

void write_file(const fs::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary).write(text.data(), static_cast<std::streamsize>(text.size()));
}

class SavedModelTest : public ::testing::Test {
 protected:
  SavedModelTest() { fs::copy(cases_folder() / "string_lookup_k2_tf_traced" / "model", model_, fs::copy_options::recursive); }

  void refuses(std::string_view words) const {
    try {
      static_cast<void>(open_model(model_, {}));
      ADD_FAILURE() << "nothing was thrown; expected: " << words;
    } catch (const ModelError& error) {
      EXPECT_NE(std::string_view(error.what()).find(words), std::string_view::npos) << error.what() << "\nexpected: " << words;
    }
  }

  const keraunos::Folder folder_;
  const fs::path model_ = folder_.path() / "model";
};

TEST(Crc32c, IsThatOfTheStandard) {
  constexpr std::string_view kDigits = "123456789";  // RFC 3720's check value
  const auto bytes = std::as_bytes(std::span(kDigits));
  EXPECT_EQ(files::crc32c(bytes), 0xe3069283U);
  EXPECT_EQ(files::crc32c(bytes.subspan(4), files::crc32c(bytes.first(4))), 0xe3069283U);
  std::string zeros(100, '\0');
  EXPECT_EQ(files::crc32c(std::as_bytes(std::span(zeros.data(), 32))), 0x8a9136aaU);  // RFC 3720, B.4
}

TEST_F(SavedModelTest, LacksAPart) {
  fs::rename(model_ / "variables", model_ / "elsewhere");
  refuses("variables.index");
  fs::rename(model_ / "elsewhere", model_ / "variables");
  fs::remove(model_ / "variables" / "variables.data-00000-of-00001");
  refuses("variables.data-00000-of-00001");
}

TEST_F(SavedModelTest, FollowsNoLinks) {
  for (const char* name : {"saved_model.pb", "keras_metadata.pb", "variables"}) {
    fs::rename(model_ / name, folder_.path() / "elsewhere");
    fs::create_symlink(folder_.path() / "elsewhere", model_ / name);
    refuses("is a symbolic link");
    fs::remove(model_ / name);
    fs::rename(folder_.path() / "elsewhere", model_ / name);
  }
}

// Without Keras's metadata only the functions remain, and they look texts up.
TEST_F(SavedModelTest, OfFunctionsAloneNamesWhatTheyLack) {
  fs::remove(model_ / "keras_metadata.pb");
  EXPECT_NO_THROW(static_cast<void>(open_model(model_, {})));
  std::string text = bytes_of_file(model_ / "saved_model.pb");
  for (size_t at = 0; (at = text.find("LookupTableFindV2", at)) != std::string::npos; ++at)
    text.replace(at, 17, "LookupTableFindV9");
  write_file(model_ / "saved_model.pb", text);
  refuses("computes operations of TensorFlow that are not supported: LookupTableFindV9 (5 in");
}

TEST_F(SavedModelTest, DamagedVariablesAreRefused) {
  const fs::path data = model_ / "variables" / "variables.data-00000-of-00001";
  std::string text = bytes_of_file(data);
  text[text.size() / 3] = static_cast<char>(text[text.size() / 3] ^ 1);
  write_file(data, text);
  refuses("checksum");
}

// Every file, truncated at every place and damaged at every place, is a model or refused with a message.
TEST_F(SavedModelTest, BearsDamageAnywhere) {
  const LoadOptions options{.device = Device{}, .threads = 1, .max_bytes = uint64_t{64} << 20};
  for (const char* name :
       {"saved_model.pb", "keras_metadata.pb", "variables/variables.index", "variables/variables.data-00000-of-00001"}) {
    const std::string whole = bytes_of_file(model_ / name);
    const size_t step = std::max<size_t>(1, whole.size() / (kSanitized ? 30 : 300));
    for (size_t at = 0; at < whole.size(); at += step) {
      for (const int damage : {-1, 0x00, 0xff, 0x07}) {
        std::string text = damage < 0 ? whole.substr(0, at) : whole;
        if (damage >= 0) text[at] = static_cast<char>(text[at] ^ damage ^ 0x10);
        write_file(model_ / name, text);
        try {
          predict_once(load_model(model_, options));
        } catch (const Error& error) {
          EXPECT_FALSE(std::string_view(error.what()).empty());
          EXPECT_EQ(std::string_view(error.what()).find("internal error"), std::string_view::npos) << error.what();
        }
      }
    }
    write_file(model_ / name, whole);
  }
}

TEST_F(SavedModelTest, KeysAndTypesThatABundleDoesNotHold) {
  const auto budget = std::make_shared<files::MemoryBudget>();
  const TensorBundle bundle(model_, "variables/variables", budget);
  EXPECT_THROW(static_cast<void>(bundle.tensor("none")), ModelError);
  EXPECT_THROW(static_cast<void>(bundle.tensor("_CHECKPOINTABLE_OBJECT_GRAPH")), ModelError);  // strings
  EXPECT_EQ(bundle.tensor_or_texts("_CHECKPOINTABLE_OBJECT_GRAPH")->string(0), bundle.text("_CHECKPOINTABLE_OBJECT_GRAPH"));
  EXPECT_FALSE(bundle.text("_CHECKPOINTABLE_OBJECT_GRAPH").empty());
}

TEST_F(SavedModelTest, TakesNoMoreThanItsBudget) {
  EXPECT_THROW(static_cast<void>(open_model(model_, {.max_bytes = 2000})), ModelError);
}

}  // namespace
}  // namespace keraunos::loader
