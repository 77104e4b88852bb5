#include "loader/files/hdf5/image.h"

#include <algorithm>

#include "loader/files/hdf5/checksum.h"

namespace keraunos::files::hdf5 {
namespace {

uint64_t allowed(uint64_t free, uint64_t ratio, int64_t size) {
  return free + ratio * static_cast<uint64_t>(std::min(size, int64_t{1} << 50));
}

}  // namespace

int64_t Image::position(uint64_t address, uint64_t size, std::string_view what) const {
  if (address == kNowhere) throw Malformed("the address of the " + std::string(what) + " is undefined");
  const auto end = static_cast<uint64_t>(source_->size());
  if (address <= end && base <= end - address && size <= end - address - base) return static_cast<int64_t>(base + address);
  throw Malformed("the " + std::string(what) + " should lie at byte " + std::to_string(address) + " and take " +
                  std::to_string(size) + " bytes, but the file has " + std::to_string(end));
}

Block Image::read(uint64_t address, uint64_t size, std::string_view what) const {
  const int64_t at = position(address, size, what);
  count_metadata(size);
  Block block{.bytes = {},
              .position = static_cast<uint64_t>(at),
              .debit = Debit(budget(), size, "the metadata of '" + source_->name() + "'")};
  block.bytes.resize(size);
  source_->read(at, block.bytes);
  return block;
}

Block Image::read_up_to(uint64_t address, uint64_t size, std::string_view what) const {
  const auto at = static_cast<uint64_t>(position(address, 0, what));
  return read(address, std::min(size, static_cast<uint64_t>(source_->size()) - at), what);
}

Block Image::read_checked(uint64_t address, uint64_t size, std::string_view what) const {
  Block block = read(address, size, what);
  if (size < kChecksumBytes) throw Malformed("the " + std::string(what) + " is too small");
  Cursor end(std::span(block.bytes).last(kChecksumBytes), block.position, what, sizes);
  block.bytes.resize(size - kChecksumBytes);
  verify_checksum(block.bytes, end.u32(), block.position, what);
  return block;
}

Structure Image::open(uint64_t address, uint64_t size, std::string_view what, std::string_view signature) const {
  Block block = read_checked(address, size, what);
  Cursor fields = cursor(block, what);
  fields.expect_signature(signature);
  return {std::move(block), fields};  // moving a vector does not move its bytes
}

void Image::count_metadata(uint64_t bytes) const {
  if (metadata_.fetch_add(bytes) + bytes <= allowed(kFreeMetadata, kMetadataRatio, source_->size())) return;
  throw Malformed("its structures refer to the same bytes too many times");
}

void Image::count_elements(uint64_t bytes) const {
  if (elements_.fetch_add(bytes) + bytes <= allowed(kFreeElements, kElementsRatio, source_->size())) return;
  throw Malformed("its datasets state more than " + std::to_string(kElementsRatio) + " times the bytes of the file");
}

void verify_checksum(std::span<const std::byte> bytes, uint32_t stored, uint64_t position, std::string_view what) {
  const uint32_t computed = metadata_checksum(bytes);
  if (computed == stored) return;
  throw Malformed("the " + std::string(what) + " at byte " + std::to_string(position) + " has the checksum " +
                  std::to_string(computed) + ", but states " + std::to_string(stored));
}

}  // namespace keraunos::files::hdf5
