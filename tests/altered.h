// Valid models changed to be invalid: an archive is unpacked into its members, changed, and packed again.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "keraunos/error.h"
#include "loader/files/zip.h"

namespace keraunos {

inline std::string bytes_of_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// A folder for one test, removed at its end.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "keraunos_XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder can be made for files of tests");
    path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path write(const std::string& name, std::string_view bytes) const {
    std::ofstream(path_ / name, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

/// Replaces the first `from` by `to`; the test fails where there is none.
inline void change(std::string& text, std::string_view from, std::string_view to) {
  const size_t at = text.find(from);
  ASSERT_NE(at, std::string::npos) << "the model to be altered holds no " << from;
  text.replace(at, from.size(), to);
}

/// The members of a `.keras` archive.
class Archive {
 public:
  explicit Archive(const std::filesystem::path& file) {
    const files::ZipArchive archive(files::open_file(file.string()));
    for (const files::ZipMember& member : archive.members()) members[member.name] = archive.read_text(member.name);
  }

  std::filesystem::path write(const Folder& folder, const std::string& name = "altered.keras") const {
    files::ZipWriter writer((folder.path() / name).string());
    for (const auto& [member, text] : members) {
      std::vector<std::byte> bytes(text.size());
      if (!text.empty()) std::memcpy(bytes.data(), text.data(), text.size());
      writer.add(member, std::move(bytes));
    }
    writer.finish();
    return folder.path() / name;
  }

  std::string& config() { return members["config.json"]; }

  std::map<std::string, std::string> members;
};

/// The message of a call's exception; its type must be E.
template <class E, class Call>
std::string complaint_of(Call&& call) {
  try {
    call();
  } catch (const E& error) {
    return error.what();
  } catch (const std::exception& error) {
    ADD_FAILURE() << "the wrong kind of error: " << error.what();
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

/// Expects one sentence without line breaks that contains all these words.
inline void expect_sentence(const std::string& complaint, const std::vector<std::string>& words) {
  for (const std::string& word : words)
    EXPECT_NE(complaint.find(word), std::string::npos) << "lacks: " << word << "\nin:    " << complaint;
  EXPECT_EQ(complaint.find('\n'), std::string::npos) << complaint;
  for (const char* inside : {"internal error", "std::__", "basic_string", "bad_alloc", "vector::"}) {
    EXPECT_EQ(complaint.find(inside), std::string::npos) << "not a user's word: " << inside << "\nin: " << complaint;
  }
}

}  // namespace keraunos
