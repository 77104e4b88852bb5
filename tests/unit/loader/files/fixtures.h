// Shared by the tests of src/loader/files. make_fixtures.py writes the fixtures.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "folders.h"
#include "loader/files/bytes.h"
#include "unit/expect_error.h"

namespace keraunos::files {

inline std::string fixture(const std::string& name) { return (data_folder() / "files" / name).string(); }

inline SharedBudget budget_of(uint64_t limit) { return std::make_shared<MemoryBudget>(limit); }

inline SharedBytes memory_of(std::string_view text, std::string name = "test",
                             SharedBudget budget = std::make_shared<MemoryBudget>()) {
  std::vector<std::byte> bytes(text.size());
  if (!text.empty()) std::memcpy(bytes.data(), text.data(), text.size());
  return from_memory(std::move(bytes), std::move(name), std::move(budget));
}

/// A path that does not exist yet and is removed at the end.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& name)
      : path_((std::filesystem::temp_directory_path() / ("keraunos_" + std::to_string(::getpid()) + "_" + name)).string()) {}
  ~TemporaryFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::string& path() const { return path_; }
  void write(std::string_view text) const {
    std::ofstream(path_, std::ios::binary).write(text.data(), static_cast<std::streamsize>(text.size()));
  }

 private:
  std::string path_;
};

}  // namespace keraunos::files
