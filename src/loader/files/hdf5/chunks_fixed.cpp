// A fixed array: a header, and a data block of elements in order; large ones in pages, of which a bit each says whether they were
// written.
#include <algorithm>

#include "loader/files/hdf5/chunks.h"

namespace keraunos::files::hdf5 {
namespace {

constexpr const char *kFixedHeader = "fixed array header", *kFixedBlock = "fixed array block", *kFixedPage = "fixed array page";

class FixedArray {
 public:
  FixedArray(const Image& image, const Grid& grid, bool is_filtered) : image_(image) {
    field_.is_filtered = is_filtered;
    field_.chunk_bytes = grid.chunk_bytes;
  }

  std::vector<Chunk> read(uint64_t address) {
    const auto size = static_cast<uint64_t>(12 + image_.sizes.length + image_.sizes.address);
    const Block block = image_.read_checked(address, size, kFixedHeader);
    Cursor cursor = image_.cursor(block, kFixedHeader);
    cursor.expect_signature("FAHD");
    check_kind(cursor);
    element_bytes_ = cursor.u8();
    const uint8_t page_bits = cursor.u8();
    count_ = cursor.length();
    const uint64_t data = cursor.address();
    field_.size_bytes = field_.is_filtered ? static_cast<int>(element_bytes_) - image_.sizes.address - 4 : 0;
    const bool fits = field_.is_filtered ? field_.size_bytes >= 1 && field_.size_bytes <= 8
                                         : element_bytes_ == static_cast<uint64_t>(image_.sizes.address);
    if (!fits || page_bits > 32) cursor.fail("its sizes are absurd");
    if (count_ > Grid::kMostNumbers) cursor.fail("it states " + std::to_string(count_) + " elements");
    if (data == kNowhere) return {};
    page_ = uint64_t{1} << page_bits;
    debit_ = Debit(image_.budget(), count_ * sizeof(Chunk), "a chunk index in '" + image_.source().name() + "'");
    count_ > page_ ? read_pages(address, data) : read_block(address, data);
    return std::move(chunks_);
  }

 private:
  void check_kind(Cursor& cursor) const {
    cursor.version({0});
    if (const uint8_t client = cursor.u8(); client != (field_.is_filtered ? 1 : 0))
      cursor.fail("it is an index of another kind (" + std::to_string(client) + ")");
  }

  uint64_t prefix() const { return static_cast<uint64_t>(6 + image_.sizes.address); }

  void check_block(Cursor& cursor, uint64_t header) const {
    cursor.expect_signature("FADB");
    check_kind(cursor);
    if (cursor.address() != header) cursor.fail("it belongs to another index");
  }

  void take(Cursor& cursor, uint64_t count) {
    for (uint64_t i = 0; i < count; ++i) chunks_.push_back(field_.read(cursor));
  }

  void read_block(uint64_t header, uint64_t address) {
    const Block block = image_.read_checked(address, prefix() + count_ * element_bytes_ + kChecksumBytes, kFixedBlock);
    Cursor cursor = image_.cursor(block, kFixedBlock);
    check_block(cursor, header);
    take(cursor, count_);
  }

  void read_pages(uint64_t header, uint64_t address) {
    const uint64_t pages = (count_ + page_ - 1) / page_, bits = (pages + 7) / 8, head = prefix() + bits + kChecksumBytes;
    const Block block = image_.read_checked(address, head, kFixedBlock);
    Cursor cursor = image_.cursor(block, kFixedBlock);
    check_block(cursor, header);
    const auto written = cursor.take(bits);
    const uint64_t page_bytes = page_ * element_bytes_ + kChecksumBytes;
    for (uint64_t page = 0; page < pages; ++page) {
      const uint64_t count = std::min(page_, count_ - page * page_);
      const bool is_written = (std::to_integer<unsigned>(written[page / 8]) >> (7 - page % 8) & 1) != 0;
      if (!is_written) {
        chunks_.resize(chunks_.size() + count, {.address = kNowhere});
        continue;
      }
      const Block elements =
          image_.read_checked(address + head + page * page_bytes, count * element_bytes_ + kChecksumBytes, kFixedPage);
      Cursor inside = image_.cursor(elements, kFixedPage);
      take(inside, count);
    }
  }

  const Image& image_;
  ChunkField field_;
  uint64_t element_bytes_ = 0, count_ = 0, page_ = 0;
  Debit debit_;
  std::vector<Chunk> chunks_;
};

}  // namespace

std::vector<Chunk> read_chunks_fixed(const Image& image, uint64_t address, const Grid& grid, bool is_filtered) {
  return FixedArray(image, grid, is_filtered).read(address);
}

}  // namespace keraunos::files::hdf5
