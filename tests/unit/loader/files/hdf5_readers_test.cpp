// The strict reader of HDF5 compared with libhdf5, and with the contents that h5py read (tests/data/hdf5/make.py).
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <filesystem>

#include "fixtures.h"
#include "folders.h"
#include "keraunos/model.h"
#include "loader/files/hdf5.h"
#include "loader/files/json.h"
#include "loader/files/zip.h"
#include "sanitized.h"

namespace keraunos::files {
namespace {

namespace fs = std::filesystem;

fs::path made_folder() { return data_folder() / "hdf5"; }

std::string joined(const std::string& path, const std::string& name) { return path.empty() ? name : path + "/" + name; }

// The contents of an HDF5 file as text: groups, datasets with a checksum, attributes.
void describe(const Hdf5File& file, const std::string& path, Json& lines) {
  const auto add = [&](const std::string& line) { lines.push_back("/" + path + ": " + line); };
  for (const std::string& name : file.attribute_names(path)) {
    std::string line = "attribute " + name;
    try {
      const auto strings = file.attribute_strings(path, name);
      for (const std::string& text : strings.value()) line += " '" + text + "'";
    } catch (const ModelError& error) {
      line += std::string(error.what()).find("expected strings") != std::string::npos ? " is no text" : error.what();
    }
    add(line);
  }
  if (file.is_dataset(path)) {
    try {
      const Tensor tensor = file.read_tensor(path);
      const auto sum = crc32(0, static_cast<const Bytef*>(tensor.data()), static_cast<uInt>(tensor.bytes()));
      const auto offset = file.dataset(path).offset;
      add(std::string(name_of(tensor.dtype())) + tensor.dims().to_string() + " " + std::to_string(sum) + " at " +
          std::to_string(offset.value_or(-1)));
    } catch (const ModelError& error) {
      std::string line = error.what();
      for (const char* words : {"no numbers Keras has", "null dataspace"}) {
        if (line.find(words) != std::string::npos) line = words;
      }
      add(line);
    }
  }
  if (!file.is_group(path)) return;
  for (const std::string& name : file.children(path)) {
    add("member " + name);
    describe(file, joined(path, name), lines);
  }
}

std::string described(const SharedBytes& bytes, Hdf5Reader reader) {
  Json lines = Json::array();
  describe(Hdf5File(bytes, reader), "", lines);
  return lines.pretty();
}

std::vector<fs::path> made_files() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(made_folder())) {
    if (entry.path().extension() == ".h5") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// The HDF5 file itself, or the one in an archive; nothing for other files.
SharedBytes hdf5_in(const fs::path& path) {
  const SharedBytes bytes = open_file(path.string());
  if (is_hdf5(*bytes)) return bytes;
  if (!is_zip(*bytes)) return nullptr;
  const ZipArchive archive(bytes);
  return archive.find("model.weights.h5") != nullptr ? archive.open("model.weights.h5") : nullptr;
}

int compare_all_below(const fs::path& folder) {
  int compared = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string suffix = entry.path().extension().string();
    if (!entry.is_regular_file() || (suffix != ".h5" && suffix != ".hdf5" && suffix != ".keras" && suffix != ".zip")) continue;
    const SharedBytes bytes = hdf5_in(entry.path());
    if (bytes == nullptr) continue;
    ++compared;
    EXPECT_EQ(described(bytes, Hdf5Reader::strict), described(bytes, Hdf5Reader::library)) << entry.path();
  }
  return compared;
}

TEST(Hdf5Readers, AgreeOnEveryRecordedCase) { EXPECT_GT(compare_all_below(cases_folder()), 500); }

TEST(Hdf5Readers, AgreeOnTheFixtures) {
  for (const char* name :
       {"attributes.h5", "attributes_latest.h5", "tree.h5", "tree_latest.h5", "tree_userblock.h5", "types.h5"}) {
    const SharedBytes bytes = open_file(fixture(name));
    EXPECT_EQ(described(bytes, Hdf5Reader::strict), described(bytes, Hdf5Reader::library)) << name;
  }
}

TEST(Hdf5Readers, AgreeOnPublicModels) {
  if (!fs::is_directory(shared_folder() / "models")) GTEST_SKIP() << "the public models are not there";
  EXPECT_GT(compare_all_below(shared_folder() / "models"), 100);
}

TEST(Hdf5Readers, AgreeOnWhatH5pyMakes) {
  for (const fs::path& path : made_files()) {
    if (path.stem() == "numbers_latest") continue;  // libhdf5 1.10 is older
    const SharedBytes bytes = open_file(path.string());
    EXPECT_EQ(described(bytes, Hdf5Reader::strict), described(bytes, Hdf5Reader::library)) << path;
  }
}

void expect_attributes(const Hdf5File& file, const std::string& path, const Json& expected) {
  std::vector<std::string> names;
  for (const auto& [name, strings] : expected.members()) {
    names.push_back(name);
    if (strings.is_null()) {
      expect_error([&] { file.attribute_strings(path, name); }, "expected strings, found another type");
      continue;
    }
    const auto found = file.attribute_strings(path, name).value();
    std::vector<std::string> wanted;
    for (const Json& text : strings.items()) wanted.push_back(text.as_string());
    EXPECT_EQ(found, wanted) << path << " " << name;
  }
  std::sort(names.begin(), names.end());
  EXPECT_EQ(file.attribute_names(path), names) << path;
}

void expect_dataset(const Hdf5File& file, const std::string& path, const Json& expected) {
  const Tensor tensor = file.read_tensor(path);
  const std::string dtype = expected["dtype"].as_string();
  EXPECT_EQ(name_of(tensor.dtype()), dtype) << path;
  std::vector<int64_t> shape;
  for (const Json& extent : expected["shape"].items()) shape.push_back(extent.as_int());
  EXPECT_EQ(tensor.dims(), Dims(shape)) << path;
  const auto sum = crc32(0, static_cast<const Bytef*>(tensor.data()), static_cast<uInt>(tensor.bytes()));
  EXPECT_EQ(static_cast<int64_t>(sum), expected["crc32"].as_int()) << path;
}

TEST(Hdf5Readers, TheStrictOneReadsWhatH5pyReads) {
  const Json answers = Json::parse(read_text(*open_file((made_folder() / "expected.json").string())), "expected.json");
  EXPECT_EQ(static_cast<size_t>(answers.size()), made_files().size());
  for (const auto& [name, expected] : answers.members()) {
    SCOPED_TRACE(name);
    const Hdf5File file(open_file((made_folder() / name).string()));
    for (const auto& [path, members] : expected["groups"].members()) {
      std::vector<std::string> wanted;
      for (const Json& member : members.items()) wanted.push_back(member.as_string());
      EXPECT_EQ(file.children(path), wanted) << path;
    }
    for (const auto& [path, attributes] : expected["attributes"].members()) expect_attributes(file, path, attributes);
    for (const auto& [path, dataset] : expected["datasets"].members()) expect_dataset(file, path, dataset);
    EXPECT_EQ(static_cast<int64_t>(file.datasets().size()), expected["datasets"].size());
  }
}

// Each byte of metadata is damaged in turn: the file is then read or refused with a message, and no read takes long.
TEST(Hdf5Readers, TheStrictOneBearsDamageAnywhere) {
  for (const char* name : {"indexes_v110.h5", "links_v110.h5", "attributes_v110.h5", "attributes_earliest.h5",
                           "storage_earliest.h5", "numbers_v110.h5"}) {
    const std::string whole = read_text(*open_file((made_folder() / name).string()));
    const size_t step = std::max<size_t>(1, whole.size() / (kSanitized ? 60 : 400));
    for (size_t at = 0; at < whole.size(); at += step) {
      for (const char damage : {'\x00', '\xff', '\x07'}) {
        std::string text = whole;
        for (size_t i = at; i < std::min(at + 2, text.size()); ++i) text[i] = static_cast<char>(text[i] ^ damage ^ 0x10);
        try {
          Json lines = Json::array();
          describe(Hdf5File(memory_of(text, "damaged.h5", budget_of(uint64_t{64} << 20))), "", lines);
        } catch (const ModelError& error) {
          EXPECT_NE(std::string_view(error.what()).find("damaged.h5"), std::string_view::npos) << error.what();
        }
      }
    }
  }
}

}  // namespace
}  // namespace keraunos::files
