// The bytes of an HDF5 file by its own addresses, and limits on how often they may be read.
//
// A structure that is referred to many times (a B-tree node by many parents, a header by many links, a string by many attributes)
// would make the work quadratic or exponential in the file's size. A valid file refers to each once, so all reads are counted,
// and their sum must not exceed a multiple of the file's size.
#pragma once

#include <atomic>
#include <string_view>
#include <vector>

#include "loader/files/budget.h"
#include "loader/files/bytes.h"
#include "loader/files/hdf5/cursor.h"

namespace keraunos::files::hdf5 {

/// Bytes of the checksum after a metadata structure.
constexpr uint64_t kChecksumBytes = 4;

/// A range of the file in memory.
struct Block {
  std::vector<std::byte> bytes;
  uint64_t position = 0;  ///< in the source
  Debit debit;            ///< of the source's budget, for `bytes`
};

/// A range of the file whose signature and checksum were verified; `fields` begins after the signature.
struct Structure {
  Block block;
  Cursor fields;
};

class Image {
 public:
  static constexpr uint64_t kFreeMetadata = uint64_t{16} << 20;  ///< metadata and strings may be read up to this number of bytes,
  static constexpr uint64_t kMetadataRatio = 16;                 ///< plus this multiple of the file's size
  static constexpr uint64_t kFreeElements = uint64_t{256} << 20;  ///< the same for elements of datasets, stored or not,
  static constexpr uint64_t kElementsRatio = 1'100;               ///< because deflate compresses by up to 1,030

  explicit Image(SharedBytes source) : source_(std::move(source)) {}

  /// Set by the superblock.
  uint64_t base = 0;
  Sizes sizes{};

  const ByteSource& source() const noexcept { return *source_; }
  const SharedBytes& shared() const noexcept { return source_; }
  MemoryBudget& budget() const noexcept { return source_->budget(); }

  /// A structure of known size. Malformed when it does not lie in the file.
  Block read(uint64_t address, uint64_t size, std::string_view what) const;
  /// The same for at most `size` bytes: fewer where the file ends.
  Block read_up_to(uint64_t address, uint64_t size, std::string_view what) const;
  /// A structure whose last four bytes are a checksum of the others; returned without them.
  Block read_checked(uint64_t address, uint64_t size, std::string_view what) const;
  /// The same for a structure that begins with a signature.
  Structure open(uint64_t address, uint64_t size, std::string_view what, std::string_view signature) const;
  Cursor cursor(const Block& block, std::string_view what) const { return {block.bytes, block.position, what, sizes}; }
  /// The position of an address in the source; Malformed when the `size` bytes from there on are not in the source.
  int64_t position(uint64_t address, uint64_t size, std::string_view what) const;

  /// Counts metadata or strings that are made from the file; Malformed above the limit.
  void count_metadata(uint64_t bytes) const;
  /// The same for elements; `where` names the dataset.
  void count_elements(uint64_t bytes) const;

 private:
  SharedBytes source_;
  mutable std::atomic<uint64_t> metadata_{0}, elements_{0};
};

void verify_checksum(std::span<const std::byte> bytes, uint32_t stored, uint64_t position, std::string_view what);

}  // namespace keraunos::files::hdf5
