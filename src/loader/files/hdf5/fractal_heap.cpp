// A heap is one range of offsets, divided into direct blocks (FHDB) whose sizes double from row to row of a table. An indirect
// block (FHIB) lists the blocks of a table: first direct ones, then indirect ones. All direct blocks are listed once, when the
// heap is opened, and read when an object in them is needed. An object may also be stored in its ID (tiny) or outside the blocks
// (huge).
#include "loader/files/hdf5/fractal_heap.h"

#include <algorithm>
#include <bit>

#include "loader/files/hdf5/btree2.h"

namespace keraunos::files::hdf5 {
namespace {

constexpr const char *kFractalHeader = "fractal heap header", *kDirectBlock = "fractal heap block",
                     *kIndirectBlock = "fractal heap table", *kHeapId = "fractal heap ID";
constexpr uint8_t kHugeByNumber = 1;
constexpr int kDeepestTable = 16;

uint64_t floor_log2(uint64_t value) { return value == 0 ? 0 : static_cast<uint64_t>(std::bit_width(value) - 1); }

}  // namespace

FractalHeap::FractalHeap(const Image& image, uint64_t address) : image_(image), address_(address) { read_header(address); }

void FractalHeap::read_header(uint64_t address) {
  const auto size = static_cast<uint64_t>(22 + 12 * image_.sizes.length + 3 * image_.sizes.address + 4);
  const Block block = image_.read_up_to(address, size, kFractalHeader);
  Cursor cursor = image_.cursor(block, kFractalHeader);
  cursor.expect_signature("FRHP");
  cursor.version({0});
  id_bytes_ = cursor.u16();
  if (cursor.u16() != 0) cursor.fail("its blocks are compressed, which Keras and h5py never write");
  has_checksums_ = (cursor.u8() & 2) != 0;
  most_managed_ = cursor.u32();
  cursor.length();  // the next number for a huge object
  huge_index_ = cursor.address();
  cursor.length();                              // free bytes
  cursor.address();                             // of the free space manager
  for (int i = 0; i < 8; ++i) cursor.length();  // statistics
  width_ = cursor.u16();
  first_bytes_ = cursor.length();
  most_direct_ = cursor.length();
  heap_bits_ = cursor.u16();
  cursor.u16();  // rows at creation
  const uint64_t root = cursor.address(), rows = cursor.u16();
  const size_t covered = cursor.done();
  verify_checksum(std::span(block.bytes).first(covered), cursor.u32(), block.position, kFractalHeader);
  const bool sane = width_ > 0 && std::has_single_bit(width_) && std::has_single_bit(first_bytes_) &&
                    std::has_single_bit(most_direct_) && first_bytes_ <= most_direct_ && most_direct_ <= uint64_t{1} << 32 &&
                    heap_bits_ >= 8 && heap_bits_ <= 64 && id_bytes_ > 1;
  if (!sane) cursor.fail("its sizes are impossible");
  if (root == kNowhere) return;
  rows == 0 ? list_direct(root, 0, first_bytes_) : list_indirect(root, 0, rows, 0);
}

uint64_t FractalHeap::row_bytes(uint64_t row) const {
  return row < 2 ? first_bytes_ : product(first_bytes_, uint64_t{1} << std::min<uint64_t>(row - 1, 62), "a heap");
}

void FractalHeap::list_direct(uint64_t address, uint64_t heap_offset, uint64_t bytes) {
  if (address == kNowhere) return;
  image_.count_metadata(sizeof(Place));
  direct_[heap_offset] = {address, bytes};
}

void FractalHeap::list_indirect(uint64_t address, uint64_t heap_offset, uint64_t rows, int depth) {
  if (address == kNowhere) return;
  if (depth > kDeepestTable || rows > 128) throw Malformed("a fractal heap's tables are nested too deep or too large");
  const uint64_t direct_rows = std::min(rows, floor_log2(most_direct_) - floor_log2(first_bytes_) + 2);
  const uint64_t offset_bytes = (heap_bits_ + 7) / 8, entries = rows * width_;
  const uint64_t size = 5 + static_cast<uint64_t>(image_.sizes.address) * (1 + entries) + offset_bytes + kChecksumBytes;
  auto [block, cursor] = image_.open(address, size, kIndirectBlock, "FHIB");
  cursor.version({0});
  if (cursor.address() != address_) cursor.fail("it belongs to another heap");
  if (cursor.number(static_cast<int>(offset_bytes)) != heap_offset) cursor.fail("it states another offset in its heap");
  for (uint64_t row = 0; row < rows; ++row) {
    const uint64_t bytes = row_bytes(row);
    for (uint64_t column = 0; column < width_; ++column, heap_offset += bytes) {
      const uint64_t child = cursor.address();
      if (row < direct_rows)
        list_direct(child, heap_offset, bytes);
      else
        list_indirect(child, heap_offset, floor_log2(bytes) - floor_log2(first_bytes_ * width_) + 1, depth + 1);
    }
  }
}

Piece FractalHeap::object(std::span<const std::byte> id) {
  if (id.size() < id_bytes_)
    throw Malformed("the fractal heap ID has " + std::to_string(id.size()) + " bytes instead of " + std::to_string(id_bytes_));
  Cursor cursor(id.first(id_bytes_), 0, kHeapId, image_.sizes);
  const uint8_t flags = cursor.u8();
  if (flags >> 6 != 0) cursor.fail("expected version 0, found " + std::to_string(flags >> 6));
  const int kind = flags >> 4 & 3;
  const Piece piece = kind == 0   ? managed(cursor)
                      : kind == 1 ? huge(cursor)
                      : kind == 2 ? tiny(id.first(id_bytes_))
                                  : throw Malformed("a fractal heap ID is of an unknown kind");
  image_.count_metadata(piece.bytes.size());
  return piece;
}

Piece FractalHeap::managed(Cursor& id) {
  const uint64_t offset = id.number(static_cast<int>((heap_bits_ + 7) / 8));
  const uint64_t length_bytes =
      std::min<uint64_t>((floor_log2(most_direct_) + 7) / 8, static_cast<uint64_t>(bytes_for(most_managed_)));
  const uint64_t length = id.number(static_cast<int>(length_bytes));
  auto place = direct_.upper_bound(offset);
  if (place == direct_.begin()) id.fail("there is no block at its offset " + std::to_string(offset));
  --place;
  const uint64_t inside = offset - place->first;
  if (inside > place->second.bytes || length > place->second.bytes - inside) id.fail("its object runs over its block");
  auto found = blocks_.find(place->first);
  if (found == blocks_.end()) {
    Block block = image_.read(place->second.address, place->second.bytes, kDirectBlock);
    Cursor head = image_.cursor(block, kDirectBlock);
    head.expect_signature("FHDB");
    head.version({0});
    if (head.address() != address_) head.fail("it belongs to another heap");
    head.skip((heap_bits_ + 7) / 8);
    if (has_checksums_) {  // computed with the checksum field set to zero
      const uint64_t at = head.done();
      const uint32_t stored = head.u32();
      std::fill_n(block.bytes.begin() + static_cast<std::ptrdiff_t>(at), kChecksumBytes, std::byte{0});
      verify_checksum(block.bytes, stored, block.position, kDirectBlock);
    }
    found = blocks_.emplace(place->first, std::move(block)).first;
  }
  return {std::span<const std::byte>(found->second.bytes).subspan(inside, length), found->second.position + inside};
}

Piece FractalHeap::tiny(std::span<const std::byte> id) const {
  Cursor cursor(id, 0, kHeapId, image_.sizes);
  uint64_t length = cursor.u8() & 0x0F;
  constexpr uint64_t kLongestShort = 18;
  if (id_bytes_ > kLongestShort) length = length << 8 | cursor.u8();
  return {cursor.take(length + 1), 0};
}

// The ID is the object's address and size where they fit, else a key of an index.
Piece FractalHeap::huge(Cursor& id) {
  Place place;
  if (id_bytes_ > static_cast<uint64_t>(image_.sizes.address + image_.sizes.length)) {
    place.address = id.address();
    place.bytes = id.length();
  } else {
    const uint64_t number =
        id.number(static_cast<int>(std::min<uint64_t>(id_bytes_ - 1, static_cast<uint64_t>(image_.sizes.length))));
    const auto found = huge_objects().find(number);
    if (found == huge_objects().end()) id.fail("there is no huge object " + std::to_string(number));
    place = found->second;
  }
  huge_block_ = image_.read(place.address, place.bytes, "huge object of a fractal heap");
  return {huge_block_.bytes, huge_block_.position};
}

const std::map<uint64_t, FractalHeap::Place>& FractalHeap::huge_objects() {
  if (huge_) return *huge_;
  huge_.emplace();
  for_each_record(image_, huge_index_, kHugeByNumber, [&](Cursor record) {
    Place place;
    place.address = record.address();
    place.bytes = record.length();
    huge_->emplace(record.length(), place);
  });
  return *huge_;
}

}  // namespace keraunos::files::hdf5
