// Object headers: a list of messages that describe a group, dataset or named type.
#pragma once

#include <vector>

#include "loader/files/hdf5/image.h"

namespace keraunos::files::hdf5 {

struct Message {
  enum Type : uint16_t {
    nil = 0,
    dataspace = 1,
    link_info = 2,
    datatype = 3,
    old_fill_value = 4,
    fill_value = 5,
    link = 6,
    external_files = 7,
    layout = 8,
    filters = 11,
    attribute = 12,
    continuation = 16,
    symbol_table = 17,
    driver = 20,
    attribute_info = 21,
    last_known = 23,
    cache_image = 24,
  };
  static constexpr uint8_t kShared = 2, kRefuseIfUnknown = 0x80;

  uint16_t type = nil;
  uint8_t flags = 0;
  std::span<const std::byte> bytes;  // inside the header's blocks
  uint64_t position = 0;

  bool is_shared() const { return (flags & kShared) != 0; }
};

struct Header {
  std::vector<Block> blocks;
  std::vector<Message> messages;  ///< in the file's order, without nil and continuation messages

  bool has(uint16_t type) const { return find(type) != nullptr; }
  const Message* find(uint16_t type) const;
};

Header read_header(const Image& image, uint64_t address);
/// The fields of a message; Malformed if it is shared.
Cursor fields(const Image& image, const Message& message, std::string_view what);

}  // namespace keraunos::files::hdf5
