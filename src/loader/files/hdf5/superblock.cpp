// Versions 0 and 1 refer to the root group by a symbol table entry; 2 and 3 by the address of its header, and have a checksum and
// an extension: an object header with messages about the file.
#include "loader/files/hdf5/superblock.h"

#include "loader/files/hdf5/header.h"

namespace keraunos::files::hdf5 {
namespace {

constexpr std::string_view kFileSignature = "\x89HDF\r\n\x1a\n";
constexpr const char* kSuperblock = "superblock";
constexpr uint64_t kLongestSuperblock = 128;

uint64_t find_signature(const Image& image) {
  for (uint64_t at = 0; at + 8 <= static_cast<uint64_t>(image.source().size()); at = at == 0 ? 512 : 2 * at) {
    const Block block = image.read(at, 8, kSuperblock);
    if (image.cursor(block, kSuperblock).text(8) == kFileSignature) return at;
  }
  throw Malformed("it has no HDF5 signature");
}

Sizes read_sizes(Cursor& cursor) {
  const Sizes sizes{.address = cursor.u8(), .length = cursor.u8()};
  for (const int size : {sizes.address, sizes.length}) {
    if (size != 2 && size != 4 && size != 8)
      cursor.fail("addresses and lengths of " + std::to_string(size) + " bytes are not supported");
  }
  return sizes;
}

// The end is an absolute address, relative to the superblock's position as the writer stated it.
void check_end(const Image& image, Cursor& cursor, uint64_t stated_base, uint64_t end) {
  const auto size = static_cast<uint64_t>(image.source().size());
  if (end < stated_base || end == kNowhere) cursor.fail("it states to end at byte " + std::to_string(end));
  if (end - stated_base <= size - image.base) return;
  throw Malformed("it should end at byte " + std::to_string(end) + ", but has " + std::to_string(size) + " bytes");
}

uint64_t read_old(Image& image, Cursor& cursor, int version) {
  cursor.skip(4);
  image.sizes = read_sizes(cursor);
  cursor.use(image.sizes);
  cursor.skip(1 + 2 + 2 + 4 + (version == 1 ? 4 : 0));
  const uint64_t base = cursor.address();
  cursor.address();  // of the free space
  const uint64_t end = cursor.address();
  if (cursor.address() != kNowhere) cursor.fail("the data lie in several files (a driver information block)");
  check_end(image, cursor, base, end);
  cursor.address();  // of the root's name
  return cursor.address();
}

void check_extension(const Image& image, uint64_t address) {
  if (address == kNowhere) return;
  for (const Message& message : read_header(image, address).messages) {
    if (message.type == Message::driver) throw Malformed("the data lie in several files (a driver information message)");
    if (message.type == Message::cache_image) throw Malformed("its metadata lie in a cache image, which is not read");
  }
}

uint64_t read_new(Image& image, Cursor& cursor, const Block& block, int version) {
  image.sizes = read_sizes(cursor);
  cursor.use(image.sizes);
  const uint8_t flags = cursor.u8();
  if (version == 3 && (flags & 1) != 0) cursor.fail("the file was not closed by its writer");
  const uint64_t base = cursor.address(), extension = cursor.address(), end = cursor.address(), root = cursor.address();
  const size_t covered = cursor.done();
  verify_checksum(std::span(block.bytes).first(covered), cursor.u32(), block.position, kSuperblock);
  check_end(image, cursor, base, end);
  check_extension(image, extension);
  return root;
}

}  // namespace

uint64_t read_superblock(Image& image) {
  image.base = find_signature(image);
  const Block block = image.read_up_to(0, kLongestSuperblock, kSuperblock);
  Cursor cursor = image.cursor(block, kSuperblock);
  cursor.skip(kFileSignature.size());
  const int version = cursor.version({0, 1, 2, 3});
  return version < 2 ? read_old(image, cursor, version) : read_new(image, cursor, block, version);
}

}  // namespace keraunos::files::hdf5
