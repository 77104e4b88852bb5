// Zip archives: reading `.keras` and `.npz`, writing `.npz`. Only the central directory counts, as in Python's zipfile.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "loader/files/bytes.h"

namespace keraunos::files {

/// Begins like a zip archive (or is an empty one).
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
  /// A member may unpack to this much whatever its ratio, and beyond it only to kMaxRatio times its stored size.
  static constexpr int64_t kFreeBytes = int64_t{256} << 20;
  static constexpr int64_t kMaxRatio = 100;

  /// ModelError when the archive is malformed or hostile: encrypted members, equal names, absolute paths, `..`, backslashes,
  /// symbolic links, local headers of another name, members that overlap, that unpack to more than the limit of the source's
  /// budget together or to absurd multiples.
  explicit ZipArchive(SharedBytes source);
  ~ZipArchive();
  ZipArchive(ZipArchive&&) noexcept;
  ZipArchive& operator=(ZipArchive&&) noexcept;

  const std::string& name() const noexcept;
  std::span<const ZipMember> members() const noexcept;  ///< in the archive's order, folders left out
  const ZipMember* find(std::string_view name) const noexcept;

  /// A whole member, its checksum verified. ModelError when there is none of that name. This and open() debit the source's budget
  /// for what they unpack.
  std::string read_text(std::string_view name) const;
  /// A stored member as a window of the archive, its checksum not verified; a deflated one unpacked into memory and verified.
  SharedBytes open(std::string_view name) const;
  /// Reads a member through. ModelError when its checksum is wrong.
  void verify_crc(std::string_view name) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// UsageError: the file that a caller named cannot be written.
[[noreturn]] void fail_to_write(const std::string& path, const std::string& reason);

/// Writes an archive whose bytes depend on the names and contents alone (all times are 1980-01-01). Nothing appears at `path`
/// before finish(), and a writer that is destroyed unfinished leaves nothing.
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
