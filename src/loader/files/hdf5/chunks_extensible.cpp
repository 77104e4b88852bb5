// An extensible array: the index of a dataset with one unlimited axis. Its elements are stored, in order, in the index block, in
// data blocks listed in the index block, and in data blocks listed in super blocks, which the index block lists.
//
// Super block u lists 2^(u/2) data blocks of 2^((u+1)/2) times the smallest number of elements; the first few super blocks do not
// exist: the index block lists their data blocks directly. Large data blocks are divided into pages; a bit in the super block
// states for each page whether it was written.
#include <algorithm>
#include <bit>

#include "loader/files/hdf5/chunk_array.h"

namespace keraunos::files::hdf5 {
namespace {

constexpr const char *kArrayHeader = "extensible array header", *kArrayIndex = "extensible array index block",
                     *kArraySuper = "extensible array super block", *kArrayData = "extensible array data block",
                     *kArrayPage = "extensible array page";

class ExtensibleArray {
 public:
  ExtensibleArray(const Image& image, const Grid& grid, bool is_filtered, uint64_t needed)
      : image_(image), array_(image, grid, is_filtered), needed_(needed) {}

  std::vector<Chunk> read(uint64_t address) {
    const auto size = static_cast<uint64_t>(16 + 6 * image_.sizes.length + image_.sizes.address);
    auto [block, cursor] = array_.open_header(address, size, kArrayHeader, "EAHD");
    const bool fits = array_.use_element_bytes(cursor.u8());
    most_bits_ = cursor.u8();
    in_index_ = cursor.u8();
    least_ = cursor.u8();
    least_pointers_ = cursor.u8();
    const uint8_t page_bits = cursor.u8();
    for (int i = 0; i < 6; ++i) cursor.length();  // statistics
    const uint64_t index = cursor.address();
    const bool sane = fits && std::has_single_bit(least_) && std::has_single_bit(least_pointers_) && least_pointers_ >= 2 &&
                      page_bits < 32 && most_bits_ <= 64 && most_bits_ > log2(least_);
    if (!sane) cursor.fail("its sizes are impossible");
    page_ = uint64_t{1} << page_bits;
    if (index != kNowhere) read_index(index);
    return array_.chunks();
  }

 private:
  static uint64_t log2(uint64_t value) { return static_cast<uint64_t>(std::bit_width(value) - 1); }

  uint64_t offset_bytes() const { return (most_bits_ + 7) / 8; }
  bool is_done() const { return array_.taken() >= needed_; }
  static uint64_t blocks_in(uint64_t super) { return uint64_t{1} << super / 2; }
  uint64_t elements_in(uint64_t super) const { return (uint64_t{1} << (super + 1) / 2) * least_; }

  void read_index(uint64_t address) {
    const uint64_t supers = 1 + most_bits_ - log2(least_), direct_supers = 2 * log2(least_pointers_),
                   direct_blocks = 2 * (least_pointers_ - 1);
    const uint64_t named = supers > direct_supers ? supers - direct_supers : 0;
    const auto pointers = static_cast<uint64_t>(image_.sizes.address) * (direct_blocks + named);
    const uint64_t size = array_.prefix() + in_index_ * array_.element_bytes() + pointers + kChecksumBytes;
    auto [block, cursor] = array_.open_block(address, size, kArrayIndex, "EAIB");
    take(cursor, in_index_);
    for (uint64_t super = 0; super < direct_supers; ++super) {
      for (uint64_t i = 0; i < blocks_in(super); ++i) read_data(cursor.address(), elements_in(super), {}, 0, kArrayIndex);
    }
    for (uint64_t super = direct_supers; super < supers && !is_done(); ++super) read_super(cursor.address(), super);
  }

  void read_super(uint64_t address, uint64_t super) {
    const uint64_t blocks = blocks_in(super), elements = elements_in(super);
    if (address == kNowhere) return skip(product(blocks, elements, "a chunk index"));
    const uint64_t pages = elements > page_ ? elements / page_ : 0, bit_bytes = (pages + 7) / 8;
    const uint64_t body = product(blocks, bit_bytes + static_cast<uint64_t>(image_.sizes.address), "a chunk index");
    const uint64_t size = array_.prefix() + offset_bytes() + body + kChecksumBytes;
    auto [block, cursor] = array_.open_block(address, size, kArraySuper, "EASB");
    cursor.skip(offset_bytes());
    const auto written = cursor.take(blocks * bit_bytes);
    for (uint64_t i = 0; i < blocks && !is_done(); ++i) read_data(cursor.address(), elements, written, i * pages, kArraySuper);
  }

  void read_data(uint64_t address, uint64_t elements, std::span<const std::byte> written, uint64_t first_bit,
                 std::string_view parent) {
    if (is_done()) return;
    if (address == kNowhere) return skip(elements);
    const uint64_t head = array_.prefix() + offset_bytes();
    const bool is_paged = elements > page_;
    if (is_paged && written.empty()) throw Malformed("the " + std::string(parent) + " names a data block in pages");
    const uint64_t size = head + (is_paged ? 0 : elements * array_.element_bytes()) + kChecksumBytes;
    auto [block, cursor] = array_.open_block(address, size, kArrayData, "EADB");
    cursor.skip(offset_bytes());
    if (!is_paged) return take(cursor, elements);
    const uint64_t page_bytes = page_ * array_.element_bytes() + kChecksumBytes;
    for (uint64_t page = 0; page < elements / page_ && !is_done(); ++page) {
      if (!is_bit_set(written, first_bit + page)) {  // pages are numbered consecutively over all data blocks
        skip(page_);
        continue;
      }
      reserve(page_);
      array_.take_page(address + head + kChecksumBytes + page * page_bytes, page_, kArrayPage);
    }
  }

  void reserve(uint64_t count) {
    image_.count_metadata(count);
    image_.budget().take(count * sizeof(Chunk), "a chunk index in '" + image_.source().name() + "'");
  }

  void take(Cursor& cursor, uint64_t count) {
    reserve(count);
    array_.take(cursor, count);
  }

  void skip(uint64_t count) {
    count = std::min(count, needed_ - std::min<uint64_t>(needed_, array_.taken()));
    reserve(count);
    array_.skip(count);
  }

  const Image& image_;
  ChunkArray array_;
  uint64_t needed_, most_bits_ = 0, in_index_ = 0, page_ = 0;
  uint64_t least_ = 0;           // smallest number of elements in a data block
  uint64_t least_pointers_ = 0;  // smallest number of data blocks in an existing super block
};

}  // namespace

std::vector<Chunk> read_chunks_extensible(const Image& image, uint64_t address, const Grid& grid, bool is_filtered,
                                          uint64_t needed) {
  return ExtensibleArray(image, grid, is_filtered, needed).read(address);
}

}  // namespace keraunos::files::hdf5
