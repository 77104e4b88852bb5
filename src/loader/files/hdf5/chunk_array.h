// Code shared by the two chunk indexes that are arrays: blocks that state their kind and the address of their header, elements,
// and pages of elements.
#pragma once

#include <string_view>
#include <vector>

#include "loader/files/hdf5/chunks.h"

namespace keraunos::files::hdf5 {

class ChunkArray {
 public:
  ChunkArray(const Image& image, const Grid& grid, bool is_filtered);

  /// The header; blocks that are opened later must state its address.
  Structure open_header(uint64_t address, uint64_t size, std::string_view what, std::string_view signature);
  Structure open_block(uint64_t address, uint64_t size, std::string_view what, std::string_view signature) const;
  /// True if elements of this many bytes can describe chunks.
  bool use_element_bytes(uint64_t bytes);
  uint64_t element_bytes() const { return element_bytes_; }
  /// Bytes at the start of each block: signature, version, kind and the header's address.
  uint64_t prefix() const { return static_cast<uint64_t>(6 + image_.sizes.address); }

  void take(Cursor& elements, uint64_t count);
  void take_page(uint64_t address, uint64_t count, std::string_view what);
  void skip(uint64_t count) { chunks_.resize(chunks_.size() + count, {.address = kNowhere}); }
  size_t taken() const { return chunks_.size(); }
  std::vector<Chunk> chunks() { return std::move(chunks_); }

 private:
  void check_kind(Cursor& cursor) const;

  const Image& image_;
  ChunkField field_;
  uint64_t header_ = 0, element_bytes_ = 0;
  std::vector<Chunk> chunks_;
};

/// Bit `index` of a bit field whose first bit is the highest of its first byte.
bool is_bit_set(std::span<const std::byte> bits, uint64_t index);

}  // namespace keraunos::files::hdf5
