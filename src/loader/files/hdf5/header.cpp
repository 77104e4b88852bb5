// Version 1: 16 bytes, then messages. Version 2: "OHDR", then messages and a checksum. Both continue in further blocks, which
// continuation messages list.
#include "loader/files/hdf5/header.h"

#include <algorithm>
#include <set>

namespace keraunos::files::hdf5 {
namespace {

constexpr const char* kObjectHeader = "object header";
constexpr uint64_t kPrefixOfVersion1 = 16, kLongestPrefix = 34;

class HeaderReader {
 public:
  explicit HeaderReader(const Image& image) : image_(image) {}

  Header read(uint64_t address) {
    seen_.insert(address);
    const Block start = image_.read_up_to(address, kLongestPrefix, kObjectHeader);
    Cursor cursor = image_.cursor(start, kObjectHeader);
    is_new_ = cursor.left() >= 4 && cursor.text(4) == "OHDR";
    if (is_new_)
      read_new(address, cursor);
    else
      read_old(address, image_.cursor(start, kObjectHeader));
    for (size_t i = 0; i < pending_.size(); ++i) read_continuation(pending_[i].first, pending_[i].second);
    return std::move(header_);
  }

 private:
  void read_old(uint64_t address, Cursor cursor) {
    cursor.version({1});
    cursor.skip(1 + 2 + 4);
    const uint64_t size = cursor.u32();
    keep(image_.read(address + kPrefixOfVersion1, size, kObjectHeader), 0);
  }

  void read_new(uint64_t address, Cursor& cursor) {
    cursor.version({2});
    const uint8_t flags = cursor.u8();
    tracks_order_ = (flags & 0x04) != 0;
    if ((flags & 0x20) != 0) cursor.skip(16);
    if ((flags & 0x10) != 0) cursor.skip(4);
    const uint64_t size = cursor.number(1 << (flags & 3)), prefix = cursor.done();
    if (size > static_cast<uint64_t>(image_.source().size()))
      cursor.fail("it states " + std::to_string(size) + " bytes of messages");
    keep(image_.read_checked(address, prefix + size + kChecksumBytes, kObjectHeader), prefix);
  }

  void read_continuation(uint64_t address, uint64_t size) {
    if (!seen_.insert(address).second)
      throw Malformed("the object header's continuation at byte " + std::to_string(address) + " is named twice");
    if (!is_new_) return keep(image_.read(address, size, "header continuation"), 0);
    Block block = image_.read_checked(address, size, "header continuation");
    Cursor cursor = image_.cursor(block, "header continuation");
    cursor.expect_signature("OCHK");
    keep(std::move(block), 4);
  }

  void keep(Block block, uint64_t skipped) {
    Cursor cursor = image_.cursor(block, kObjectHeader);
    cursor.skip(skipped);
    read_messages(cursor);
    header_.blocks.push_back(std::move(block));  // moving a block does not move its bytes, to which messages point
  }

  void read_messages(Cursor& cursor) {
    const uint64_t head = is_new_ ? (tracks_order_ ? 6u : 4u) : 8u;
    while (cursor.left() >= head) {
      Message message;
      message.type = static_cast<uint16_t>(cursor.number(is_new_ ? 1 : 2));
      const uint64_t size = cursor.u16();
      message.flags = cursor.u8();
      if (!is_new_) cursor.skip(3);
      if (is_new_ && tracks_order_) cursor.skip(2);
      message.position = cursor.position();
      message.bytes = cursor.take(size);
      add(message, cursor);
    }
  }

  void add(const Message& message, const Cursor& cursor) {
    if (message.type == Message::nil) return;
    if (message.type == Message::continuation) {
      Cursor inside(message.bytes, message.position, "continuation message", image_.sizes);
      const uint64_t address = inside.address();
      pending_.emplace_back(address, inside.length());
      return;
    }
    if (message.type > Message::last_known && message.type != Message::cache_image &&
        (message.flags & Message::kRefuseIfUnknown) != 0)
      cursor.fail("a message of the unknown kind " + std::to_string(message.type) + " says that a reader must know it");
    image_.budget().take(sizeof(Message), "the metadata of '" + image_.source().name() + "'");
    header_.messages.push_back(message);
  }

  const Image& image_;
  bool is_new_ = false, tracks_order_ = false;
  std::set<uint64_t> seen_;
  std::vector<std::pair<uint64_t, uint64_t>> pending_;
  Header header_;
};

}  // namespace

const Message* Header::find(uint16_t type) const {
  const auto found = std::find_if(messages.begin(), messages.end(), [&](const Message& message) { return message.type == type; });
  return found == messages.end() ? nullptr : &*found;
}

Header read_header(const Image& image, uint64_t address) { return HeaderReader(image).read(address); }

Cursor fields(const Image& image, const Message& message, std::string_view what) {
  Cursor cursor(message.bytes, message.position, what, image.sizes);
  if (message.is_shared()) cursor.fail("it lies in a table of shared messages, which Keras and h5py never write");
  return cursor;
}

}  // namespace keraunos::files::hdf5
