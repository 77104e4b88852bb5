// A fixed array: a header, and a data block of elements in order; a large one is divided into pages, with a bit for each page
// that states whether it was written.
#include <algorithm>

#include "loader/files/hdf5/chunk_array.h"

namespace keraunos::files::hdf5 {
namespace {

constexpr const char *kFixedHeader = "fixed array header", *kFixedBlock = "fixed array block", *kFixedPage = "fixed array page";

class FixedArray {
 public:
  FixedArray(const Image& image, const Grid& grid, bool is_filtered) : image_(image), array_(image, grid, is_filtered) {}

  std::vector<Chunk> read(uint64_t address) {
    const auto size = static_cast<uint64_t>(12 + image_.sizes.length + image_.sizes.address);
    auto [block, cursor] = array_.open_header(address, size, kFixedHeader, "FAHD");
    const bool fits = array_.use_element_bytes(cursor.u8());
    const uint8_t page_bits = cursor.u8();
    count_ = cursor.length();
    const uint64_t data = cursor.address();
    if (!fits || page_bits > 32) cursor.fail("its sizes are impossible");
    if (count_ > Grid::kMostNumbers) cursor.fail("it states " + std::to_string(count_) + " elements");
    if (data == kNowhere) return {};
    page_ = uint64_t{1} << page_bits;
    debit_ = Debit(image_.budget(), count_ * sizeof(Chunk), "a chunk index in '" + image_.source().name() + "'");
    count_ > page_ ? read_pages(data) : read_block(data);
    return array_.chunks();
  }

 private:
  void read_block(uint64_t address) {
    const uint64_t size = array_.prefix() + count_ * array_.element_bytes() + kChecksumBytes;
    auto [block, cursor] = array_.open_block(address, size, kFixedBlock, "FADB");
    array_.take(cursor, count_);
  }

  void read_pages(uint64_t address) {
    const uint64_t pages = (count_ + page_ - 1) / page_, bits = (pages + 7) / 8, head = array_.prefix() + bits + kChecksumBytes;
    auto [block, cursor] = array_.open_block(address, head, kFixedBlock, "FADB");
    const auto written = cursor.take(bits);
    const uint64_t page_bytes = page_ * array_.element_bytes() + kChecksumBytes;
    for (uint64_t page = 0; page < pages; ++page) {
      const uint64_t count = std::min(page_, count_ - page * page_);
      if (is_bit_set(written, page))
        array_.take_page(address + head + page * page_bytes, count, kFixedPage);
      else
        array_.skip(count);
    }
  }

  const Image& image_;
  ChunkArray array_;
  uint64_t count_ = 0, page_ = 0;
  Debit debit_;
};

}  // namespace

std::vector<Chunk> read_chunks_fixed(const Image& image, uint64_t address, const Grid& grid, bool is_filtered) {
  return FixedArray(image, grid, is_filtered).read(address);
}

}  // namespace keraunos::files::hdf5
