#include "loader/files/hdf5/chunk_array.h"

namespace keraunos::files::hdf5 {

ChunkArray::ChunkArray(const Image& image, const Grid& grid, bool is_filtered) : image_(image) {
  field_.is_filtered = is_filtered;
  field_.chunk_bytes = grid.chunk_bytes;
}

void ChunkArray::check_kind(Cursor& cursor) const {
  cursor.version({0});
  if (const uint8_t client = cursor.u8(); client != (field_.is_filtered ? 1 : 0))
    cursor.fail("it is an index of another kind (" + std::to_string(client) + ")");
}

Structure ChunkArray::open_header(uint64_t address, uint64_t size, std::string_view what, std::string_view signature) {
  header_ = address;
  Structure header = image_.open(address, size, what, signature);
  check_kind(header.fields);
  return header;
}

Structure ChunkArray::open_block(uint64_t address, uint64_t size, std::string_view what, std::string_view signature) const {
  Structure block = image_.open(address, size, what, signature);
  check_kind(block.fields);
  if (block.fields.address() != header_) block.fields.fail("it belongs to another index");
  return block;
}

bool ChunkArray::use_element_bytes(uint64_t bytes) {
  element_bytes_ = bytes;
  if (!field_.is_filtered) return bytes == static_cast<uint64_t>(image_.sizes.address);
  field_.size_bytes = static_cast<int>(bytes) - image_.sizes.address - 4;
  return field_.size_bytes >= 1 && field_.size_bytes <= 8;
}

void ChunkArray::take(Cursor& elements, uint64_t count) {
  for (uint64_t i = 0; i < count; ++i) chunks_.push_back(field_.read(elements));
}

void ChunkArray::take_page(uint64_t address, uint64_t count, std::string_view what) {
  const Block page = image_.read_checked(address, count * element_bytes_ + kChecksumBytes, what);
  Cursor elements = image_.cursor(page, what);
  take(elements, count);
}

bool is_bit_set(std::span<const std::byte> bits, uint64_t index) {
  return (std::to_integer<unsigned>(bits[index / 8]) >> (7 - index % 8) & 1) != 0;
}

}  // namespace keraunos::files::hdf5
