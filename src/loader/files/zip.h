// Zip archives: reading `.keras` and `.npz`, writing `.npz`. Only the central directory is used, as in Python's zipfile.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "loader/files/bytes.h"

namespace keraunos::files {

/// True where the source begins like a zip archive (or is an empty one).
bool is_zip(const ByteSource& source);

struct ZipMember {
  enum class Method : uint8_t { stored, deflated, other };

  std::string name;
  Method method = Method::stored;
  int64_t bytes = 0;         ///< when unpacked
  int64_t stored_bytes = 0;  ///< in the archive
  int64_t header = 0;        ///< offset of its local header; 0 for an empty member, as `offset`
  int64_t offset = 0;        ///< of its data
};

/// A zip archive opened for reading. Its methods may be called from any thread.
class ZipArchive {
 public:
  static constexpr int64_t kMaxMembers = 100'000;
  /// A member may unpack to this size whatever its ratio, and to a larger size only up to kMaxRatio times its stored size.
  static constexpr int64_t kFreeBytes = int64_t{256} << 20;
  static constexpr int64_t kMaxRatio = 100;

  /// ModelError when the archive is malformed or hostile: encrypted members, equal names, absolute paths, `..`, backslashes,
  /// symbolic links, local headers with another name, overlapping members, members that unpack to more than the source's budget
  /// in total, or to more than the allowed multiple.
  explicit ZipArchive(SharedBytes source);
  ~ZipArchive();
  ZipArchive(ZipArchive&&) noexcept;
  ZipArchive& operator=(ZipArchive&&) noexcept;

  const std::string& name() const noexcept;
  std::span<const ZipMember> members() const noexcept;  ///< in the archive's order, without folders
  const ZipMember* find(std::string_view name) const noexcept;

  /// A whole member, with its checksum verified. ModelError when there is no such member. This and open() debit the source's
  /// budget for unpacked bytes.
  std::string read_text(std::string_view name) const;
  /// A stored member is a window of the archive, without verification of its checksum; a deflated one is unpacked into memory and
  /// verified.
  SharedBytes open(std::string_view name) const;
  /// Reads a whole member. ModelError when its checksum is wrong.
  void verify_crc(std::string_view name) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Throws UsageError: the file that the caller named cannot be written.
[[noreturn]] void fail_to_write(const std::string& path, const std::string& reason);

/// Writes an archive whose bytes depend on the names and contents only (all times are 1980-01-01). No file exists at `path`
/// before finish(), and none is left by a writer that is destroyed without it.
class ZipWriter {
 public:
  explicit ZipWriter(std::string path);
  ~ZipWriter();
  ZipWriter(ZipWriter&&) noexcept;
  ZipWriter& operator=(ZipWriter&&) noexcept;

  /// UsageError when a member of that name exists.
  void add(const std::string& name, std::vector<std::byte> bytes, bool deflate = false);
  /// UsageError when the file cannot be written.
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace keraunos::files
